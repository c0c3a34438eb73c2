// Comfort for the review page: what was marked is saved while the officer goes on, and sending asks once more.
// Without this script the page does the same with its buttons.

const form = document.querySelector("[data-part=form]");
const said = document.querySelector("[data-part=said]");
const left = document.querySelector("[data-part=left]");
const PAUSE = 700;

function says(text, good) {
  said.hidden = !text;
  said.textContent = text;
  said.className = `said ${good ? "good" : "bad"}`;
}

function count() {
  const open = [...form.querySelectorAll(".marks")].filter((one) => !one.querySelector(":checked")).length;
  left.textContent = open ? left.dataset.some.replace("#", open) : left.dataset.none;
}

// A note without a mark is not finished: it is saved together with its mark.
function ready() {
  return [...form.querySelectorAll(".paper")].every(
    (one) => one.querySelector(":checked") || !one.querySelector("[name^=note-]").value.trim(),
  );
}

let timer;
let changed = 0;

async function save() {
  if (!ready()) return;
  const at = changed;
  const body = new URLSearchParams(new FormData(form));
  body.set("do", "save");
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Quiet": "1" } });
    if (!answer.headers.get("Content-Type")?.startsWith("application/json")) {
      window.location.reload();
      return;
    }
    const told = await answer.json();
    if (at === changed) says(told.saved ? "" : told.said, told.saved);
  } catch {
    // No line just now: the next change, or a button, saves it.
  }
}

if (form) {
  form.addEventListener("input", () => {
    changed += 1;
    count();
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    changed += 1;
    const sure = event.submitter?.dataset.sure;
    if (sure && !window.confirm(sure)) event.preventDefault();
  });
}

if (said && !said.hidden) said.scrollIntoView({ block: "center" });
