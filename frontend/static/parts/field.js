// A field with its label, a hint, and a place for what is wrong with it, next to it
// and tied to it for who hears the page instead of seeing it.

import { element, newId, setText } from './element.js';

export class Field {
  #hint;
  #problem;

  // control: an input, select or textarea with a name. hint: what helps to fill it.
  constructor(label, control, hint = '') {
    const id = newId('field');
    this.control = control;
    this.#hint = element('span', { className: 'field-hint', id: `${id}-hint`, textContent: hint });
    this.#problem = element('span', { className: 'field-problem', id: `${id}-problem` });
    control.setAttribute('aria-describedby', `${id}-hint ${id}-problem`);
    control.id = id;
    this.root = element('div', { className: 'field' },
      element('label', { htmlFor: id, textContent: label }), control, this.#hint, this.#problem);
    control.addEventListener('input', () => this.clear());
  }

  get value() { return this.control.value; }

  explain(hint) {
    setText(this.#hint, hint);
  }

  // Shows a sentence, or with null that all is well. Returns whether it is.
  judge(problem) {
    setText(this.#problem, problem ?? '');
    if (problem === null) this.control.removeAttribute('aria-invalid');
    else this.control.setAttribute('aria-invalid', 'true');
    return problem === null;
  }

  clear() {
    this.judge(null);
  }
}
