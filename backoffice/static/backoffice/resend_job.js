// Keeps the page of a resend job up to date without a reload, until the server says that nothing moves any more.
"use strict";

const EVERY_MS = 1000;
const STATES = ["waiting", "sent", "delivered", "failed", "skipped"];

const job = document.getElementById("resend-job");
const number = new Intl.NumberFormat(document.documentElement.lang);

show(JSON.parse(document.getElementById("resend-progress").textContent));

function show(progress) {
  for (const field of ["label", "note"]) put(`[data-field="${field}"]`, progress[field]);
  for (const field of ["done", "percent"]) put(`[data-field="${field}"]`, number.format(progress[field]));
  for (const state of STATES) put(`[data-count="${state}"]`, number.format(progress.counts[state]));
  job.querySelector("[data-bar]").value = progress.done;
  job.querySelector("[data-live]").hidden = !progress.moving;
  for (const form of document.querySelectorAll("[data-act]")) form.hidden = !progress.acts.includes(form.dataset.act);
  document.querySelector("#resend-hosts tbody").replaceChildren(...progress.hosts.map(row));
  if (progress.moving) setTimeout(poll, EVERY_MS);
}

function put(selector, text) {
  job.querySelector(selector).textContent = text;
}

function row(host) {
  const line = document.createElement("tr");
  const cells = [host.host, host.circuit, ...["total", ...STATES].map((name) => number.format(host[name]))];
  cells.forEach((text, column) => {
    const cell = line.insertCell();
    cell.textContent = text;
    cell.className = column > 1 ? "bo-right bo-moment" : column ? "bo-error" : "";
  });
  return line;
}

async function poll() {
  if (document.hidden) return setTimeout(poll, EVERY_MS);
  let answer;
  try {
    answer = await fetch(job.dataset.url, { headers: { "X-Requested-With": "fetch", "X-By-Itself": "1" } });
  } catch {
    return setTimeout(poll, 5 * EVERY_MS); // the network is away for a moment
  }
  if (answer.redirected || answer.status === 403 || answer.status === 404) {
    return put("[data-field=note]", job.dataset.signedOut);
  }
  return answer.ok ? show(await answer.json()) : setTimeout(poll, 5 * EVERY_MS);
}
