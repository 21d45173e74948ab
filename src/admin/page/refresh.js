// Renews the page in place: the scroll position, what is unfolded and what is selected stay.
"use strict";

const EVERY = 5000;
const stale = document.getElementById("stale");
let renewed = new Date();

function isSelecting() {
  const selection = getSelection();
  return !selection.isCollapsed && document.querySelector("main").contains(selection.anchorNode);
}

function put(fresh) {
  const main = document.querySelector("main");
  const unfolded = [...main.querySelectorAll("details[open]")].map((it) => it.id);
  const next = fresh.querySelector("main");
  for (const id of unfolded) next.querySelector(`#${id}`)?.setAttribute("open", "");
  const focused = main.contains(document.activeElement) && document.activeElement.parentElement.id;
  main.replaceWith(next);
  if (focused) document.querySelector(`#${focused} > summary`)?.focus({ preventScroll: true });
  document.querySelector("footer").replaceWith(fresh.querySelector("footer"));
  document.querySelector("link[rel=icon]").href = fresh.querySelector("link[rel=icon]").href;
}

async function renew() {
  try {
    const answer = await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(EVERY) });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    // a command that is just being copied is left alone, and so is where the reader is
    if (!isSelecting()) put(fresh);
    document.title = fresh.title;
    renewed = new Date();
    stale.hidden = true;
  } catch {
    const time = renewed.toISOString().slice(11, 19);
    stale.textContent = `The worker does not answer. What is below was true at ${time} UTC.`;
    stale.hidden = false;
    document.title = "No answer – audiohm-ingest";
  }
  setTimeout(renew, EVERY);
}

setTimeout(renew, EVERY);
