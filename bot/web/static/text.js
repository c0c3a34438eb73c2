// Plain text to nodes. Everything goes through textContent; nothing a message says can become markup.

const ITEM = /^\s*(•|-|–|\d{1,2}[.)])\s+(\S.*)$/;

// An address, or a Vietnamese telephone number (0… / +84…, 10 or 11 digits, or 1800/1900 …).
// The edges of a number are checked by hand: lookbehind is too new for some of the browsers served.
const LINK = /https?:\/\/[^\s<>"']+|(?:\+84[ .]?|0)[235789](?:[ .]?\d){8,9}|1[89]00(?:[ .]?\d){4,6}/g;
const NUMBER = /^(\+84\d{9,10}|0\d{9,10}|1[89]00\d{4,6})$/;
const ADDRESS_TAIL = /[.,;:!?)\]}»”’…]+$/;
const LONGEST_STRONG_LINE = 120;

/** Fills `into` with the lines of `text`: paragraphs, hanging items, gaps for blank lines, links made tappable. */
export function writeText(into, text, { strongFirst = false } = {}) {
  const lines = text.replace(/\r\n?/g, "\n").trim().split("\n");
  const strong = strongFirst && lines.length > 1 && lines[0].length <= LONGEST_STRONG_LINE;
  let gap = false;
  lines.forEach((line, index) => {
    if (!line.trim()) {
      gap = true;
      return;
    }
    const item = index > 0 || lines.length > 1 ? ITEM.exec(line) : null;
    const row = document.createElement("p");
    if (item) {
      row.className = "item";
      const marker = document.createElement("span");
      marker.className = "marker";
      marker.textContent = item[1];
      const body = document.createElement("span");
      link(body, item[2]);
      row.append(marker, " ", body);
    } else {
      link(row, line.trim());
    }
    if (index === 0 && strong) row.classList.add("lead");
    if (gap) row.classList.add("after-gap");
    gap = false;
    into.append(row);
  });
}

function link(into, text) {
  let done = 0;
  LINK.lastIndex = 0;
  for (let found = LINK.exec(text); found; found = LINK.exec(text)) {
    const start = found.index;
    const isAddress = found[0].startsWith("http");
    const word = isAddress ? found[0].replace(ADDRESS_TAIL, "") : telephone(text, start, found[0]);
    if (!word) continue;
    const anchor = document.createElement("a");
    anchor.href = isAddress ? word : `tel:${word.replace(/[ .]/g, "")}`;
    anchor.textContent = word;
    if (isAddress) {
      anchor.target = "_blank";
      anchor.rel = "noopener noreferrer";
    }
    into.append(text.slice(done, start), anchor);
    done = start + word.length;
    LINK.lastIndex = done;
  }
  into.append(text.slice(done));
}

/** The longest part of `word` that reads as one number; two numbers side by side are cut at their gap. */
function telephone(text, start, word) {
  for (let part = word; part; part = part.slice(0, Math.max(part.lastIndexOf(" "), part.lastIndexOf("."), 0))) {
    if (NUMBER.test(part.replace(/[ .]/g, "")) && standsAlone(text, start, start + part.length)) return part;
  }
  return "";
}

/** A number inside a code, a date or a longer number is not a telephone number. */
function standsAlone(text, start, end) {
  const before = start > 0 ? text[start - 1] : " ";
  const after = text.slice(end, end + 2);
  return !/[\p{L}\d.\-/+•]/u.test(before) && !/^([\p{L}\d\-/]|[.,]\d)/u.test(after);
}
