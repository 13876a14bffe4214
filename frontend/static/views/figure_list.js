// A row of figures, each with its name.

import { element, newId, setData, setText } from '../parts/element.js';

export class FigureList {
  #values = new Map();

  // names: what each figure is called, by its key.
  constructor(title, names) {
    const id = newId('figures');
    const list = element('dl', { className: 'figure-list' },
      ...Object.entries(names).map(([key, name]) => {
        const value = element('dd', { textContent: '–' });
        this.#values.set(key, value);
        return element('div', {}, element('dt', { textContent: name }), value);
      }));
    this.root = element('section', { className: 'panel' },
      element('h3', { id, textContent: title }), list);
    this.root.setAttribute('aria-labelledby', id);
  }

  // tone: good, warn, bad or none.
  set(key, words, tone = '') {
    const value = this.#values.get(key);
    setText(value, words);
    setData(value, 'tone', tone);
  }
}
