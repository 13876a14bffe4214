// Leads a page to one server and then to another, as a load balancer does.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class SwitchingProxy {
  #server;
  #port; // where to
  #sockets = new Set();

  static async to(url) {
    const proxy = new SwitchingProxy();
    proxy.#port = Number(new URL(url).port);
    proxy.#server = createServer((client) => proxy.#serve(client)).listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url() { return `http://127.0.0.1:${this.#server.address().port}/`; }

  // What is connected is cut off.
  switchTo(url) {
    this.#port = Number(new URL(url).port);
    this.cut();
  }

  async dispose() {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #serve(client) {
    const upstream = connect(this.#port, '127.0.0.1');
    for (const socket of [client, upstream]) {
      this.#sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  }

  // What is connected; whoever tries again is served.
  cut() {
    for (const socket of this.#sockets) socket.destroy();
  }
}
