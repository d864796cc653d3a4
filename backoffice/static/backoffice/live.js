// Keeps a page up to date: fetches its regions and swaps those whose version changed; open <details> stay open.
// Ends when the server says that nothing will move any more.
const EVERY_MS = 1500;
const QUIET_MS = 10000; // once nothing has changed for a while
const QUIET_AFTER = 80;
const CLOCK = "why"; // it tells how old the chain is, so its changes are no news

const root = document.querySelector("[data-live-url]");
let unchanged = 0;

if (root && root.dataset.moving) schedule();

function schedule() {
  setTimeout(poll, unchanged < QUIET_AFTER ? EVERY_MS : QUIET_MS);
}

async function poll() {
  if (document.hidden) return schedule();
  let answer;
  try {
    answer = await fetch(root.dataset.liveUrl, { headers: { "X-Requested-With": "fetch", "X-By-Itself": "1" } });
  } catch {
    return schedule(); // the network is away for a moment
  }
  if (answer.redirected || answer.status === 403 || answer.status === 404) return say(root.dataset.signedOut);
  if (answer.ok) take(await answer.text());
  if (root.dataset.moving) schedule();
}

function take(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById(root.id);
  if (!fresh) return;
  unchanged += 1;
  for (const region of fresh.querySelectorAll("[data-region]")) swap(region);
  root.dataset.moving = fresh.dataset.moving;
}

function swap(region) {
  const old = root.querySelector(`[data-region="${region.dataset.region}"]`);
  if (!old || old.dataset.version === region.dataset.version) return;
  const open = new Set([...old.querySelectorAll("details[open]")].map((each) => each.id));
  for (const details of region.querySelectorAll("details")) details.open ||= open.has(details.id);
  old.replaceWith(region);
  if (region.dataset.region !== CLOCK) unchanged = 0;
}

function say(text) {
  const line = root.querySelector(".bo-live");
  if (line) line.textContent = text;
}
