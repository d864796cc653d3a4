// The theme's pictures are words set in a font of pictures, which a screen reader would read aloud ("unfold more"). Those
// that say something have a label.
"use strict";

function hidePictures() {
  for (const each of document.querySelectorAll(".material-symbols-outlined:not([aria-hidden], [aria-label])")) {
    each.setAttribute("aria-hidden", "true");
  }
}

document.addEventListener("DOMContentLoaded", () => {
  hidePictures();
  new MutationObserver(hidePictures).observe(document.body, { childList: true, subtree: true });
});
