import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Service } from './service.mjs';

let service;
before(async () => { service = await Service.start(); }, { timeout: 300_000 });
after(() => service?.stop());

test('the first start shows a verified backup of the demo database', () => {
  assert.match(service.printed, /DATABASE .*STATUS +PROOF/);
  assert.match(service.printed, /chinook .*SUCCESS +integrity_check/);
});

test('every path that it prints is there', () => {
  const paths = [...service.printed.matchAll(/^(dump|checksum|globals|instructions|report|log) +(\/.*)$/gm)];
  assert.deepEqual(paths.map(([, role]) => role).sort(), ['checksum', 'dump', 'globals', 'instructions', 'log', 'report']);
  for (const [, , path] of paths) assert.ok(existsSync(path), path);
});

test('the listed row is the one that was printed', async () => {
  const { body } = await service.get('/api/backups?database=chinook');
  assert.equal(body.total, 1);
  assert.equal(body.items[0].status, 'SUCCESS');
  assert.ok(service.printed.includes(body.items[0].localFile));
});

test('Ctrl-C stops all that was started, and a second start finds the data of the first', async () => {
  assert.notEqual((await service.pressCtrlC()).code, null);
  assert.throws(() => execFileSync('pgrep', ['-f', `^[^ ]*(postgres|dotnet).*${service.data}`]), 'a process is left');
  const first = service;
  service = await Service.start({ data: first.data });
  const { body } = await service.get('/api/backups?database=chinook');
  assert.equal(body.total, 2);
}, { timeout: 240_000 });
