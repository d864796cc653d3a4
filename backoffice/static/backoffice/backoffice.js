// Copy buttons, and forms that are sent once. No framework; loaded on every staff page.
"use strict";

function copied(button) {
  const icon = button.querySelector(".material-symbols-outlined");
  icon.textContent = "check";
  button.classList.add("is-copied");
  window.setTimeout(() => {
    icon.textContent = "content_copy";
    button.classList.remove("is-copied");
  }, 1500);
}

// navigator.clipboard is there on https and localhost only.
function copyBySelection(text) {
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-copy]");
  if (!button) {
    return;
  }
  event.preventDefault();
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(button.dataset.copy);
    copied(button);
  } else if (copyBySelection(button.dataset.copy)) {
    copied(button);
  }
});

// The server refuses the second sending anyway; this spares the person the message.
document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-once]");
  if (!form) {
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
  }
  form.dataset.sent = "1";
});

window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-once]").forEach((form) => delete form.dataset.sent);
});

// Times are shown in this zone from the next page on, see backoffice/viewer_zone.py.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) {
  const secure = window.location.protocol === "https:" ? "; secure" : "";
  document.cookie = `zone=${encodeURIComponent(zone)}; path=/admin/; max-age=31536000; samesite=lax${secure}`;
}
