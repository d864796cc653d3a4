// The new-order form: a price that follows what is typed, one submit a click, and a reload when the merchant changes.
const WAIT_MS = 350;

const chooser = document.getElementById("order-merchant");
const form = document.getElementById("order-form");

if (chooser) followChoice(chooser.querySelector("select"));
if (form) watch();

// By pointer a choice is made at once. By keys each letter and arrow changes it, until Enter, or until the field is left.
function followChoice(select) {
  const before = select.value;
  let byKeys = false;
  const use = () => {
    if (select.value === before) return;
    carryOver();
    chooser.requestSubmit();
  };
  select.addEventListener("pointerdown", () => (byKeys = false));
  select.addEventListener("keydown", (event) => {
    byKeys = event.key !== "Enter";
    if (byKeys) return;
    event.preventDefault();
    use();
  });
  select.addEventListener("change", () => byKeys || use());
  select.addEventListener("blur", use);
}

// What was typed for one merchant is offered again for the next.
function carryOver() {
  for (const name of ["address", "external_id"]) {
    const value = form?.elements[name]?.value;
    if (value) chooser.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
}

function watch() {
  let timer;
  let latest = 0;
  const box = document.getElementById("order-quote");

  const ask = async () => {
    const mine = ++latest;
    box.classList.add("is-loading");
    try {
      const answer = await fetch(form.dataset.quoteUrl, { method: "POST", body: new FormData(form) });
      if (mine !== latest) return;
      if (answer.ok && !answer.redirected) box.innerHTML = await answer.text();
    } catch {
      // the network is away for a moment; the price is shown again with the next change
    }
    if (mine === latest) box.classList.remove("is-loading");
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT_MS);
  };

  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("[type=submit]")) button.disabled = true;
  });
  // Back from the order's page, the browser may show this page as it was left.
  window.addEventListener("pageshow", () => {
    for (const button of form.querySelectorAll("[type=submit]")) button.disabled = false;
  });
  ask();
}
