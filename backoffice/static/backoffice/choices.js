// The theme's choices (select2) hide the select, which has the label, and show a field that has none.
"use strict";

function selectOf(field) {
  const own = field.closest(".select2-dropdown") ? document.querySelector(".select2-container--open") : field.closest(".select2");
  return own?.previousElementSibling;
}

function nameChoices() {
  for (const each of document.querySelectorAll(".select2-search__field:not([aria-label])")) {
    const name = selectOf(each)?.labels?.[0]?.textContent.trim();
    if (name) each.setAttribute("aria-label", name);
  }
}

document.addEventListener("DOMContentLoaded", () => {
  nameChoices();
  new MutationObserver(nameChoices).observe(document.body, { childList: true, subtree: true });
});
