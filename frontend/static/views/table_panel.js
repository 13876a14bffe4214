// A panel of the operators' page: a title, a summary in words, and a table that moves
// inside the panel when it is wider.

import { element } from '../parts/element.js';

// columns: their names; those that begin with # hold numbers. body: a tbody.
export function panelWithTable({ id, title, summary = [], tableLabel, columns, body }) {
  const heading = element('h3', { id: `${id}-title`, textContent: title });
  const table = element('table', { className: 'table' },
    element('thead', {}, element('tr', {}, ...columns.map(headerCell))), body);
  table.setAttribute('aria-label', tableLabel);
  const scroll = element('div', { className: 'table-scroll', tabIndex: 0 }, table);
  scroll.setAttribute('role', 'group');
  scroll.setAttribute('aria-label', `${tableLabel}, scrollable`);
  const panel = element('section', { className: 'panel', id, hidden: true },
    element('div', { className: 'panel-head' }, heading,
      element('div', { className: 'panel-summary' }, ...summary)),
    scroll);
  panel.setAttribute('aria-labelledby', heading.id);
  return panel;
}

function headerCell(name) {
  const isNumber = name.startsWith('#');
  return element('th', {
    scope: 'col', className: isNumber ? 'number' : '', textContent: name.replace(/^#/, ''),
  });
}
