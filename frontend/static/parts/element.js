// Names and bidders are hostile input. Every node of the page is made here or
// in index.html, and data enters it as text or as a property, never as markup.

export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  Object.assign(node, properties);
  node.append(...children);
  return node;
}

const SVG = 'http://www.w3.org/2000/svg';

export function svgElement(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Skips the write when nothing changed, so that an unchanged node costs no
// layout and a live region does not repeat itself.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export function setData(node, name, value) {
  if (node.dataset[name] !== value) node.dataset[name] = value;
}

let labels = 0;

// An id for a node that another one refers to.
export function newId(prefix) {
  labels += 1;
  return `${prefix}-${labels}`;
}
