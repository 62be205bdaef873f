// What both review pages share: decisions that outlive the tab, undo, a windowed list, CSV, keys.
const byId = (id) => document.getElementById(id);

function element(tag, className, ...children) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== undefined && child !== null && child !== ""));
  return node;
}

function plainText(text) { return text.replace(/\s+/gu, " ").trim(); }

let toastTimer = 0;
function toast(text, seconds = 3) {
  const node = byId("toast");
  node.textContent = text;
  node.classList.add("on");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => node.classList.remove("on"), seconds * 1000);
}

function warn(text) {
  byId("warning").textContent = text;
  byId("warning").hidden = false;
}

// Decisions by item. Each is written to the browser's storage at once, one key per item, so that a key press
// costs the same with ten items and with ten thousand. OPEN is kept where an earlier file would speak otherwise.
const OPEN = "open";
class Decisions {
  constructor(digest, earlier) {
    this.prefix = "refmatte-review:" + digest.slice(0, 24);
    this.earlier = earlier;
    this.byItem = new Map(earlier);
    this.past = [];
    this.future = [];
    this.unsaved = 0;
    this.onchange = () => {};
    try {
      const start = this.prefix + ":";
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i);
        if (key.startsWith(start)) this.take(key.slice(start.length), localStorage.getItem(key));
      }
      this.unsaved = Number(localStorage.getItem(this.prefix + "!unsaved")) || 0;
    } catch (error) {
      warn("This browser keeps nothing for this page: save the file before you close it.");
    }
    // Another tab of the same page.
    window.addEventListener("storage", (event) => {
      if (!event.key || !event.key.startsWith(this.prefix + ":")) return;
      const id = event.key.slice(this.prefix.length + 1);
      if (event.newValue === null) this.byItem.delete(id); else this.take(id, event.newValue);
      this.onchange();
    });
  }
  take(id, text) {
    let value;
    try { value = JSON.parse(text); } catch (error) { return; }
    if (value === OPEN) this.byItem.delete(id);
    else if (value && typeof value === "object") this.byItem.set(id, value);
  }
  get(id) { return this.byItem.get(id); }
  // changes: [id, decision or undefined]; one step of undo.
  apply(changes, at) {
    const step = { at, changes: changes.map(([id, after]) => [id, this.byItem.get(id), after]) };
    if (!step.changes.length) return;
    this.past.push(step);
    this.future = [];
    for (const [id, , after] of step.changes) this.put(id, after);
    this.count(step.changes.length);
  }
  undo() { return this.step(this.past, this.future, 1); }
  redo() { return this.step(this.future, this.past, 2); }
  step(from, to, side) {
    const step = from.pop();
    if (!step) return null;
    to.push(step);
    for (const change of step.changes) this.put(change[0], change[side]);
    this.count(step.changes.length);
    return step;
  }
  put(id, decision) {
    if (decision) this.byItem.set(id, decision); else this.byItem.delete(id);
    const key = this.prefix + ":" + id;
    try {
      if (decision) localStorage.setItem(key, JSON.stringify(decision));
      else if (this.earlier.has(id)) localStorage.setItem(key, JSON.stringify(OPEN));
      else localStorage.removeItem(key);
    } catch (error) {
      warn("The browser's storage is full: save the file now, or the next decisions are lost when you close the page.");
    }
  }
  count(n) { this.setUnsaved(this.unsaved + n); this.onchange(); }
  setUnsaved(n) {
    this.unsaved = n;
    try { localStorage.setItem(this.prefix + "!unsaved", String(n)); } catch (error) { /* said already */ }
  }
}

// Draws only the cells in view. cellWidth 0: one column as wide as the list.
class Windowed {
  constructor(node, cellWidth, cellHeight, make, paint) {
    Object.assign(this, { node, cellWidth, cellHeight, make, paint });
    this.canvas = element("div", "canvas");
    this.cells = new Map();
    this.n = 0;
    this.columns = 1;
    node.append(this.canvas);
    node.addEventListener("scroll", () => this.draw(), { passive: true });
    new ResizeObserver(() => this.measure()).observe(node);
    this.measure();
  }
  measure() {
    const width = this.node.clientWidth;
    this.columns = this.cellWidth ? Math.max(1, Math.floor(width / this.cellWidth)) : 1;
    this.step = width / this.columns;
    this.show(this.n);
  }
  show(n) {
    this.n = n;
    this.canvas.style.height = Math.ceil(n / this.columns) * this.cellHeight + "px";
    for (const cell of this.cells.values()) cell.remove();
    this.cells.clear();
    this.draw();
  }
  draw() {
    const top = this.node.scrollTop, bottom = top + this.node.clientHeight;
    const first = Math.max(0, Math.floor(top / this.cellHeight) - 1) * this.columns;
    const last = Math.min(this.n, (Math.ceil(bottom / this.cellHeight) + 1) * this.columns);
    for (const [index, cell] of this.cells) {
      if (index < first || index >= last) { cell.remove(); this.cells.delete(index); }
    }
    const fresh = [];
    for (let index = first; index < last; index++) {
      if (this.cells.has(index)) continue;
      const cell = this.make(index);
      cell.classList.add("cell");
      cell.style.width = this.step + "px";
      cell.style.height = this.cellHeight + "px";
      cell.style.left = (index % this.columns) * this.step + "px";
      cell.style.top = Math.floor(index / this.columns) * this.cellHeight + "px";
      this.paint(cell, index);
      this.cells.set(index, cell);
      fresh.push(cell);
    }
    this.canvas.append(...fresh);
  }
  repaint() { for (const [index, cell] of this.cells) this.paint(cell, index); }
  reveal(index) {
    const top = Math.floor(index / this.columns) * this.cellHeight, view = this.node.clientHeight;
    if (top < this.node.scrollTop) this.node.scrollTop = top;
    else if (top + this.cellHeight > this.node.scrollTop + view) this.node.scrollTop = top + this.cellHeight - view;
    this.draw();
  }
  get page() { return Math.max(1, Math.floor(this.node.clientHeight / this.cellHeight)) * this.columns; }
}

function csv(columns, rows) {
  const cell = (text) => /[",\r\n]/u.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  return [columns, ...rows].map((row) => row.map((text) => cell(text || "")).join(",") + "\n").join("");
}

function download(name, text) {
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function showProgress(parts, total, unsaved, saveName) {
  const done = parts.reduce((sum, part) => sum + part.n, 0), percent = total ? Math.floor(100 * done / total) : 100;
  const bar = element("div", "bar", ...parts.map((part) => {
    const piece = element("i", part.className);
    piece.style.width = (total ? 100 * part.n / total : 0) + "%";
    return piece;
  }));
  const said = parts.filter((part) => part.n).map((part) => `${part.n.toLocaleString("en")} ${part.name}`).join(", ");
  const text = `${done.toLocaleString("en")} of ${total.toLocaleString("en")} (${percent} %)${said ? ": " + said : ""}`;
  byId("progress").replaceChildren(bar, element("div", "text", text));
  byId("save").textContent = `Save ${saveName}` + (unsaved ? ` (${unsaved} new)` : "");
}

function fillSelect(node, first, values) {
  const chosen = node.value;
  const options = [["", first], ...values.map((value) => Array.isArray(value) ? value : [value, value])];
  node.replaceChildren(...options.map(([value, text]) => { const option = element("option", "", text); option.value = value; return option; }));
  node.value = options.some(([value]) => value === chosen) ? chosen : "";
}

function showKeys(rows) {
  const list = element("dl");
  for (const [keys, text] of rows) {
    const named = element("dt");
    for (const key of keys) named.append(element("kbd", "", key), " ");
    list.append(named, element("dd", "", text));
  }
  byId("keys").querySelector("dl").replaceWith(list);
}

function typing(event) { return event.target.closest("input, select, textarea, dialog") !== null; }
