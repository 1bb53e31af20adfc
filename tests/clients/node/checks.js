'use strict';
// What client_checks.py is for the clients in Python: runs the checks of one client of Node.

const assert = require('node:assert');
const {setTimeout: pause} = require('node:timers/promises');

const DEADLINE_MS = 20000;

// Resolves as soon as what condition() resolves to is true; fails after the deadline.
async function waitUntil(condition, what) {
  const end = Date.now() + DEADLINE_MS;
  while (Date.now() < end) {
    if (await condition()) return;
    await pause(20);
  }
  throw new Error(`${what}: not within ${DEADLINE_MS} ms`);
}

// Fails unless the bytes are equal, without printing all of them.
function requireBytes(got, expected) {
  assert.ok(Buffer.isBuffer(got), `got ${typeof got}, not bytes`);
  const at = `${got.length} bytes, not the ${expected.length} that were stored`;
  assert.ok(got.equals(Buffer.from(expected)), at);
}

// Runs each of the named functions; the process fails with the first of them.
async function run(client, checks) {
  for (const [name, check] of Object.entries(checks)) {
    process.stdout.write(`${name}: `);
    await check();
    console.log('passed');
  }
  const {version} = require(`${client}/package.json`);
  const count = Object.keys(checks).length;
  console.log(`${client} of npm, version ${version}: ${count} of ${count} checks passed`);
}

module.exports = {run, requireBytes, waitUntil};
