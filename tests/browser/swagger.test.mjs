import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { Service } from './service.mjs';

const pictures = new URL('../../artifacts/', import.meta.url).pathname;
let service, browser, page;

before(async () => {
  service = await Service.start();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
  page = await browser.newPage({ viewport: { width: 1280, height: 1600 } });
  await mkdir(pictures, { recursive: true });
}, { timeout: 300_000 });

after(async () => {
  await browser?.close();
  await service?.stop();
});

const operation = (method, path) => page.locator('.opblock', { has: page.locator(`.opblock-summary-method:text-is("${method}")`) })
  .filter({ has: page.locator(`[data-path="${path}"]`) });

async function execute(method, path, fill = async () => {}) {
  const block = operation(method, path);
  await block.locator('.opblock-summary').click();
  await block.getByRole('button', { name: 'Try it out' }).click();
  await fill(block);
  await block.getByRole('button', { name: 'Execute' }).click();
  await block.locator('.live-responses-table .response-col_status').first().waitFor();
  const status = Number.parseInt(await block.locator('.live-responses-table .response .response-col_status').first().innerText(), 10);
  const body = await block.locator('.live-responses-table .response .highlight-code code').first().innerText();
  return { block, status, body: JSON.parse(body) };
}

test('the page lists every endpoint with a summary', async () => {
  await page.goto(`${service.url}/swagger`);
  await page.locator('.opblock').first().waitFor();
  const summaries = await page.locator('.opblock .opblock-summary-description').allInnerTexts();
  assert.ok(summaries.length >= 16, `${summaries.length} endpoints`);
  assert.deepEqual(summaries.filter(text => !text.trim()), []);
  await page.screenshot({ path: `${pictures}swagger.png`, fullPage: true });
});

test('the example works as it stands: a backup is triggered and followed to its end', async () => {
  const requested = await execute('POST', '/api/backups');
  assert.equal(requested.status, 202, JSON.stringify(requested.body));
  const { id } = requested.body;
  const followed = await execute('GET', '/api/backups/{id}', block => block.locator('input[placeholder="id"]').fill(id));
  assert.equal(followed.status, 200);
  for (let last = followed.body; last.status !== 'SUCCESS'; ) {
    assert.ok(['PENDING', 'RUNNING'].includes(last.status), JSON.stringify(last));
    await followed.block.getByRole('button', { name: 'Execute' }).click();
    await page.waitForResponse(response => response.url().endsWith(id));
    last = JSON.parse(await followed.block.locator('.live-responses-table .response .highlight-code code').first().innerText());
  }
  await followed.block.screenshot({ path: `${pictures}swagger-followed.png` });
}, { timeout: 60_000 });

test('a refusal shows its code', async () => {
  const { block, status, body } = await execute('GET', '/api/sources/{id}', block => block.locator('input[placeholder="id"]').fill('nowhere'));
  assert.equal(status, 404);
  assert.equal(body.code, 'SOURCE_NOT_FOUND');
  await block.scrollIntoViewIfNeeded();
});
