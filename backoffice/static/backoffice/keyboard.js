// The theme opens its menus and the filters by links without an address and by plain boxes: for the keyboard they become
// buttons. A sheet of filters takes the focus, and gives it back. What scrolls can be reached. A form that comes back has
// the focus at its first fault.
"use strict";

const PRESSABLE = "a[href], button, input, select, textarea, label, summary";

function isButton(each) {
  return !each.matches(PRESSABLE) && !each.querySelector(PRESSABLE) && each.textContent.trim() !== "";
}

function makeButton(each) {
  each.tabIndex = 0;
  each.setAttribute("role", "button");
}

function filterSheet() {
  return document.getElementById("changelist-filter");
}

function focusSheet(opener) {
  const first = filterSheet().querySelector("input:not([type=hidden]), select, button, a[href]");
  window.setTimeout(() => first?.focus(), 50); // the theme shows it first
  window.addEventListener("keydown", function back(event) {
    if (event.key !== "Escape") return;
    window.removeEventListener("keydown", back);
    opener.focus();
  });
}

function reachWhatScrolls() {
  for (const each of document.querySelectorAll(".bo-scroll, .bo-pre")) {
    if (each.scrollWidth > each.clientWidth || each.scrollHeight > each.clientHeight) each.tabIndex = 0;
  }
}

function focusFault() {
  const fault = document.querySelector("[aria-invalid=true]") ?? document.querySelector(".errornote");
  if (fault?.matches(".errornote")) fault.tabIndex = -1;
  fault?.focus();
}

window.addEventListener("load", focusFault); // the theme hides the page until its scripts have run

document.addEventListener("DOMContentLoaded", () => {
  reachWhatScrolls();
  new MutationObserver(reachWhatScrolls).observe(document.body, { childList: true, subtree: true });
  [...document.querySelectorAll("[x-on\\:click]")].filter(isButton).forEach(makeButton);
});

document.addEventListener("keydown", (event) => {
  const pressed = event.target.closest?.("[role=button][x-on\\:click]");
  if (!pressed || (event.key !== "Enter" && event.key !== " ")) return;
  event.preventDefault();
  pressed.click();
  if (pressed.getAttribute("x-on:click").startsWith("filterOpen") && filterSheet()) focusSheet(pressed);
});
