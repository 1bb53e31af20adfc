'use strict';
// usage: memjs_test.js PORT
// Uses the server through npm's memjs, which speaks the binary dialect over one connection.

const assert = require('node:assert');
const {promisify} = require('node:util');
const {Client} = require('memjs');
const {requireBytes, run, waitUntil} = require('./checks.js');

const TIMEOUT_S = 10;
const SILENT = {log() {}};

function connect(options = {}) {
  return Client.create(`127.0.0.1:${process.argv[2]}`,
                       {timeout: TIMEOUT_S, retries: 1, logger: SILENT, ...options});
}

// The statistics that a client asks for; memjs hands them to a callback only.
async function statsOf(client) {
  return promisify((done) => client.stats((error, _, stats) => done(error, stats)))();
}

// A check of an empty cache: calls use(client).
function check(use, options) {
  return async () => {
    const client = connect(options);
    try {
      await client.flush();
      await use(client);
    } finally {
      client.close();
    }
  };
}

const textOf = async (client, key) => {
  const {value} = await client.get(key);
  return value === null ? null : value.toString();
};

const checks = {
  'set and get': check(async (client) => {
    assert.strictEqual(await client.set('key', 'value'), true);
    assert.strictEqual(await textOf(client, 'key'), 'value');
    assert.strictEqual(await textOf(client, 'missing'), null);
  }),

  'values of all sizes': check(async (client) => {
    for (const size of [0, 1, 16383, 16384, 16385, 100000, 500000, 1000000]) {
      const value = Buffer.from(Array.from({length: size}, (_, i) => i % 251));
      await client.set('key', value);
      requireBytes((await client.get('key')).value, value);
    }
  }),

  'value too large': check(async (client) => {
    await client.set('key', 'old');
    await assert.rejects(client.set('key', 'x'.repeat(1 << 20)), /Value too large/);
    assert.strictEqual(await textOf(client, 'key'), null);
    assert.strictEqual(await client.set('key', 'new'), true);
  }),

  'add and replace': check(async (client) => {
    assert.strictEqual(await client.replace('key', '1'), false);
    assert.strictEqual(await client.add('key', '2'), true);
    assert.strictEqual(await client.add('key', '3'), false);
    assert.strictEqual(await client.replace('key', '4'), true);
    assert.strictEqual(await textOf(client, 'key'), '4');
  }),

  // memjs 1.3.2 sends append where it is told to prepend.
  'append': check(async (client) => {
    await assert.rejects(client.append('key', 'x'), /Item not stored/);
    await client.set('key', 'middle');
    assert.strictEqual(await client.append('key', '-end'), true);
    assert.strictEqual(await textOf(client, 'key'), 'middle-end');
  }),

  // memjs has no request for several keys; these all travel before the first answer.
  'many gets at once': check(async (client) => {
    const keys = Array.from({length: 1000}, (_, i) => `key${i}`);
    await Promise.all(keys.map((key) => client.set(key, `value of ${key}`)));
    const found = await Promise.all(keys.map((key) => textOf(client, key)));
    assert.deepStrictEqual(found, keys.map((key) => `value of ${key}`));
    const absent = await Promise.all(keys.map((key) => textOf(client, `no${key}`)));
    assert.deepStrictEqual(absent, keys.map(() => null));
  }),

  'increment and decrement': check(async (client) => {
    const made = await client.increment('number', 1, {initial: 10});
    assert.deepStrictEqual(made, {success: true, value: 10});
    assert.strictEqual((await client.increment('number', 5, {initial: 10})).value, 15);
    assert.strictEqual((await client.decrement('number', 1, {initial: 10})).value, 14);
    assert.strictEqual((await client.decrement('number', 20, {initial: 10})).value, 0);
    // What decrementing leaves may be padded with spaces.
    assert.strictEqual(Number(await textOf(client, 'number')), 0);
    assert.strictEqual((await client.decrement('other', 1, {initial: 7})).value, 7);
    assert.strictEqual(await textOf(client, 'other'), '7');
    await client.set('text', 'text');
    await assert.rejects(client.increment('text', 1, {}), /non-numeric/);
  }),

  'delete': check(async (client) => {
    assert.strictEqual(await client.delete('key'), false);
    await client.set('key', 'value');
    assert.strictEqual(await client.delete('key'), true);
    assert.strictEqual(await textOf(client, 'key'), null);
  }),

  'touch and expiry': check(async (client) => {
    const now = Math.floor(Date.now() / 1000);
    assert.strictEqual(await client.touch('key', 10), false);
    await client.set('ends', 'value', {expires: 2});
    await client.increment('number', 1, {initial: 1, expires: 2});
    await client.set('touched', 'value', {expires: 2});
    await client.set('absolute', 'value', {expires: now + 1000});
    await client.set('past', 'value', {expires: now - 1000});
    assert.strictEqual(await client.touch('touched', 100), true);
    assert.strictEqual(await textOf(client, 'absolute'), 'value');
    assert.strictEqual(await textOf(client, 'past'), null);
    await waitUntil(async () => await textOf(client, 'ends') === null, 'an item ends');
    await waitUntil(async () => await textOf(client, 'number') === null, 'a number ends');
    assert.strictEqual(await textOf(client, 'touched'), 'value');
  }),

  'unusual keys': check(async (client) => {
    for (const key of ['k'.repeat(250), 'ключ', '鍵', 'a.b:c/d?e=f', 'noreply', '{}', 'a b\tc']) {
      assert.strictEqual(await client.set(key, key), true);
      assert.strictEqual(await textOf(client, key), key);
    }
    await assert.rejects(client.get('k'.repeat(251)), /Invalid arguments/);
  }),

  'flags': check(async (client) => {
    await client.set('key', 'value');
    assert.strictEqual((await client.get('key')).flags.readUInt32BE(0), 0xfedcba98);
  }, {
    serializer: {
      serialize(_, value, extras) {
        if (extras.length === 8) extras.writeUInt32BE(0xfedcba98, 0);
        return {value, extras};
      },
      deserialize: (_, value, extras) => ({value, extras}),
    },
  }),

  'stats': check(async (client) => {
    const misses = Number((await statsOf(client)).get_misses);
    await client.get('missing');
    assert.strictEqual(Number((await statsOf(client)).get_misses), misses + 1);
  }),

  'flush': check(async (client) => {
    await client.set('key', 'value');
    await client.flush();
    assert.strictEqual(await textOf(client, 'key'), null);
  }),

  'quit': check(async (watcher) => {
    const connections = async () => Number((await statsOf(watcher)).curr_connections);
    const before = await connections();
    const client = connect();
    await client.set('key', 'value');
    assert.strictEqual(await connections(), before + 1);
    client.quit();
    await waitUntil(async () => await connections() === before, 'the connection ends');
  }),
};

run('memjs', checks);
