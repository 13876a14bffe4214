// Names and bidders are hostile input. Every node of the page is made here or
// in index.html, and data enters it as text or as a property, never as markup.

export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  Object.assign(node, properties);
  node.append(...children);
  return node;
}

// Skips the write when nothing changed, so that an unchanged node costs no
// layout and a live region does not repeat itself.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
