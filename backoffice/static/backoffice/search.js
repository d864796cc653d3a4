// "/" puts the cursor into the search box, except where a person is typing.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const shown = [...document.querySelectorAll("[data-search]")].find((each) => each.offsetParent !== null);
  if (!shown) return;
  event.preventDefault();
  shown.focus();
  shown.select();
});
