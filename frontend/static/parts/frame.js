// However many events arrive, the page is drawn at most once a frame, and not
// at all while its tab is hidden.

export class Frame {
  #draw;
  #requested = false;

  constructor(draw) {
    this.#draw = draw;
  }

  request() {
    if (this.#requested) return;
    this.#requested = true;
    requestAnimationFrame(() => {
      this.#requested = false;
      this.#draw();
    });
  }
}
