// Comfort for the review page: what was marked is saved while the officer goes on, and sending asks once more.
// Without this script the page does the same with its buttons.

const form = document.querySelector("[data-part=form]");
const said = document.querySelector("[data-part=said]");
const left = document.querySelector("[data-part=left]");
const PAUSE = 700;
const ANSWER_MS = 15000;

function says(text, good) {
  said.hidden = !text;
  said.textContent = text;
  said.className = `said ${good ? "good" : "bad"}`;
}

const papers = () => [...form.querySelectorAll(".paper")];
const verdict = (paper) => paper.querySelector(":checked")?.value ?? "";
const noteOf = (paper) => paper.querySelector("[name^=note-]");
const isMute = (paper) => !["", "good"].includes(verdict(paper)) && !noteOf(paper).value.trim();
const told = (text, some) => text.replace("#", some.map((paper) => paper.dataset.title).join("; "));

function count() {
  const open = papers().filter((paper) => !verdict(paper)).length;
  const mute = papers().filter(isMute);
  if (open) left.textContent = left.dataset.some.replace("#", open);
  else left.textContent = mute.length ? told(left.dataset.mute, mute) : left.dataset.none;
  for (const paper of papers()) if (!isMute(paper)) needs(paper, false);
}

/** Asks for a paper's note where it is missing. */
function needs(paper, yes) {
  paper.querySelector(".need").hidden = !yes;
  if (yes) noteOf(paper).setAttribute("aria-invalid", "true");
  else noteOf(paper).removeAttribute("aria-invalid");
}

/** What stands in the way of sending is said at its place, and nothing is asked then. -> true if something does. */
function stopped(what) {
  const open = papers().filter((paper) => !verdict(paper));
  const bad = papers().filter((paper) => !["", "good"].includes(verdict(paper)));
  const mute = what === "return" ? bad.filter(isMute) : [];
  const asked = [...form.querySelectorAll("[name^=asked-]")].some((one) => one.value.trim());
  if (what === "return" && !open.length && !bad.length && !asked) {
    says(left.dataset.nothing, false);
    said.scrollIntoView({ block: "center" });
    return true;
  }
  for (const paper of mute) needs(paper, true);
  if (open.length) says(told(left.dataset.unmarked, open), false);
  else if (what === "accept" && bad.length) says(told(left.dataset.bad, bad), false);
  else if (!mute.length) return false;
  else says("", true);
  const first = open[0] ?? mute[0] ?? bad[0];
  const field = open.length ? first.querySelector("input[type=radio]") : noteOf(first);
  field.focus({ preventScroll: true });
  (open.length || !mute.length ? first : field).scrollIntoView({ block: "center" });
  return true;
}

// A note without a mark is not finished: it is saved together with its mark.
function ready() {
  return [...form.querySelectorAll(".paper")].every(
    (one) => one.querySelector(":checked") || !one.querySelector("[name^=note-]").value.trim(),
  );
}

let timer;
let changed = 0;
let saving = null; // The save under way: two at once could arrive in the wrong order, and the older one would hold.

async function save() {
  if (saving || !ready()) return;
  const at = changed;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "save");
  saving = new AbortController();
  const late = setTimeout(() => saving?.abort(), ANSWER_MS);
  try {
    const answer = await fetch(form.action, {
      method: "POST",
      body,
      headers: { "X-Quiet": "1" },
      signal: saving.signal,
    });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
      window.location.reload();
      return;
    }
    const answered = await answer.json();
    if (at === changed) says(answered.saved ? "" : answered.said, answered.saved);
  } catch {
    // No line just now: the next change, or a button, saves it.
  } finally {
    clearTimeout(late);
    saving = null;
    if (at !== changed && !leaving) later();
  }
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(save, PAUSE);
}

let leaving = false;

/** Sends the form as this button does, without asking again. */
function plain(button) {
  const what = document.createElement("input");
  Object.assign(what, { type: "hidden", name: button.name, value: button.value });
  form.append(what);
  form.submit();
}

if (form) {
  form.addEventListener("input", () => {
    changed += 1;
    count();
    later();
  });
  form.addEventListener("submit", (event) => {
    const pressed = event.submitter;
    const sure = pressed?.dataset.sure;
    if (sure && (stopped(pressed.value) || !window.confirm(sure))) {
      event.preventDefault();
      return;
    }
    clearTimeout(timer);
    if (!saving) {
      leaving = true;
      return;
    }
    event.preventDefault(); // first what is under way, so that it cannot come after this
    if (leaving) return;
    changed += 1;
    leaving = true;
    const go = () => (saving ? setTimeout(go, 50) : pressed ? plain(pressed) : form.submit());
    go();
  });
}

if (said && !said.hidden) said.scrollIntoView({ block: "center" });
