// Starts scripts/run.sh as a user would, in folders of its own, and tells what it printed.
import { spawn } from 'node:child_process';
import { mkdtemp, chmod, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('../../scripts/run.sh', import.meta.url));

const freePort = () => new Promise((resolve, reject) => {
  const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

export class Service {
  printed = '';

  static async start(options = {}) {
    const service = new Service();
    service.data = options.data ?? await mkdtemp('/tmp/ops-backup-run-');
    await chmod(service.data, 0o755); // as root the embedded PostgreSQL runs as another user
    service.port = await freePort();
    service.url = `http://127.0.0.1:${service.port}`;
    service.process = spawn(script, ['--port', String(service.port), '--data', service.data], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [service.process.stdout, service.process.stderr]) stream.on('data', text => { service.printed += text; });
    service.ended = new Promise(resolve => service.process.once('exit', (code, signal) => resolve({ code, signal })));
    await service.#printedLine('The service runs until you press Ctrl-C.');
    return service;
  }

  async #printedLine(line) {
    const ended = this.ended.then(end => { throw new Error(`run.sh ended with ${JSON.stringify(end)}:\n${this.printed}`); });
    const seen = new Promise(resolve => {
      const look = () => this.printed.includes(line) && resolve();
      this.process.stdout.on('data', look);
      look();
    });
    await Promise.race([seen, ended]);
  }

  // Ctrl-C in a terminal goes to the whole foreground group.
  async pressCtrlC() {
    process.kill(-this.process.pid, 'SIGINT');
    return this.ended;
  }

  async stop({ keepData = false } = {}) {
    if (this.process.exitCode === null) await this.pressCtrlC();
    if (!keepData) await rm(this.data, { recursive: true, force: true });
  }

  async get(path) {
    const answer = await fetch(this.url + path);
    return { status: answer.status, body: await answer.json() };
  }
}
