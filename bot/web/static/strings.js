// The words of the page. The HTML carries Vietnamese defaults; the server may replace any of them, in either language.

const LOCALE_KEY = "motcua.locale";
const words = new Map();

/** The text of a key; the key itself if nobody gave one, so that a gap is seen and not hidden. */
export function t(key) {
  return words.get(key) ?? key;
}

export function locale() {
  return document.documentElement.lang === "en" ? "en" : "vi";
}

/** The language chosen earlier on this device, else the one the page came in. */
export function rememberedLocale() {
  try {
    return localStorage.getItem(LOCALE_KEY) ?? locale();
  } catch {
    return locale();
  }
}

/** Reads the defaults that stand in the page: visible ones by their attributes, the others from #page-strings. */
export function readDefaults(root = document) {
  for (const node of root.querySelectorAll("[data-text]")) words.set(node.dataset.text, node.textContent.trim());
  for (const node of root.querySelectorAll("[data-label]")) words.set(node.dataset.label, node.getAttribute("aria-label"));
  for (const node of root.querySelectorAll("[data-placeholder]")) words.set(node.dataset.placeholder, node.placeholder);
  const rest = document.getElementById("page-strings");
  if (rest) for (const node of rest.content.querySelectorAll("[data-key]")) words.set(node.dataset.key, node.textContent.trim());
}

/** Fetches the strings of a language and puts them in place. False, and nothing changed, if they cannot be had. */
export async function loadStrings(wanted, office) {
  const query = new URLSearchParams({ locale: wanted });
  if (office) query.set("office", office);
  let got;
  try {
    const answer = await fetch(`/chat/strings?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) return false;
    got = await answer.json();
  } catch {
    return false;
  }
  for (const [key, text] of Object.entries(got)) if (typeof text === "string") words.set(key, text);
  document.documentElement.lang = wanted;
  try {
    localStorage.setItem(LOCALE_KEY, wanted);
  } catch {
    // A browser that keeps nothing simply asks again next time.
  }
  applyStrings(document);
  return true;
}

/** Writes the strings into every marked node under `root`. */
export function applyStrings(root) {
  for (const node of root.querySelectorAll("[data-text]")) node.textContent = t(node.dataset.text);
  for (const node of root.querySelectorAll("[data-label]")) {
    node.setAttribute("aria-label", t(node.dataset.label));
    if (node.hasAttribute("title")) node.title = t(node.dataset.label);
  }
  for (const node of root.querySelectorAll("[data-placeholder]")) node.placeholder = t(node.dataset.placeholder);
  const title = document.querySelector("title[data-text]");
  if (title) document.title = t(title.dataset.text);
}

/** A time of day, with the date when it is not today. */
export function shortTime(milliseconds) {
  const then = new Date(milliseconds);
  const clock = new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(then);
  if (then.toDateString() === new Date().toDateString()) return clock;
  const day = new Intl.DateTimeFormat("vi", { day: "2-digit", month: "2-digit" }).format(then).replace("-", "/");
  return `${day}, ${clock}`;
}
