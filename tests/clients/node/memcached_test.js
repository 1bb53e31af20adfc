'use strict';
// usage: memcached_test.js PORT
// Uses the server through npm's memcached, which speaks the text protocol over a pool of
// connections.

const assert = require('node:assert');
const {isDeepStrictEqual, promisify} = require('node:util');
const Memcached = require('memcached');
const {run, requireBytes, waitUntil} = require('./checks.js');

const METHODS = ['get', 'gets', 'set', 'add', 'replace', 'append', 'prepend', 'cas', 'incr', 'decr',
                 'del', 'touch', 'flush', 'stats', 'settings', 'version'];
const NEVER = 0;

// Calls use(client) with a client of an empty cache, whose methods return promises.
async function withClient(use, options = {}) {
  const memcached = new Memcached(`127.0.0.1:${process.argv[2]}`, {timeout: 10000, ...options});
  const client = {};
  for (const name of METHODS) client[name] = promisify(memcached[name]).bind(memcached);
  try {
    await client.flush();
    await use(client);
  } finally {
    memcached.end();
  }
}

// A check of an empty cache.
const check = (use, options) => () => withClient(use, options);

const checks = {
  'set and get': check(async (client) => {
    assert.strictEqual(await client.set('key', 'value', NEVER), true);
    assert.strictEqual(await client.get('key'), 'value');
    assert.strictEqual(await client.get('missing'), undefined);
  }),

  'values of all types and sizes': check(async (client) => {
    const values = ['', 'x', 'текст', 'two\r\nlines', 'END', 17, 1.5, {one: [1, 2]},
                    'x'.repeat(16385), 'y'.repeat(500000), 'z'.repeat(1000000)];
    for (const value of values) {
      await client.set('key', value, NEVER);
      assert.ok(isDeepStrictEqual(await client.get('key'), value));
    }
    const bytes = Buffer.from(Array.from({length: 256}, (_, i) => i));
    await client.set('key', bytes, NEVER);
    requireBytes(await client.get('key'), bytes);
  }),

  // A client takes a server that refuses a value for one that is down, so another one looks.
  'value too large': check(async (reader) => {
    await withClient(async (client) => {
      await client.set('key', 'old', NEVER);
      assert.strictEqual(await client.set('key', 'x'.repeat(1 << 20), NEVER), false);
    }, {maxValue: 2 << 20, failuresTimeout: 1, retry: 1});
    assert.strictEqual(await reader.get('key'), undefined);
    assert.strictEqual(await reader.set('key', 'new', NEVER), true);
  }),

  'add and replace': check(async (client) => {
    await assert.rejects(client.replace('key', '1', NEVER), {notStored: true});
    assert.strictEqual(await client.add('key', '2', NEVER), true);
    await assert.rejects(client.add('key', '3', NEVER), {notStored: true});
    assert.strictEqual(await client.replace('key', '4', NEVER), true);
    assert.strictEqual(await client.get('key'), '4');
  }),

  'append and prepend': check(async (client) => {
    await assert.rejects(client.append('key', 'x'), {notStored: true});
    await client.set('key', 'middle', NEVER);
    assert.strictEqual(await client.append('key', '-end'), true);
    assert.strictEqual(await client.prepend('key', 'begin-'), true);
    assert.strictEqual(await client.get('key'), 'begin-middle-end');
  }),

  'many keys': check(async (client) => {
    const keys = Array.from({length: 1000}, (_, i) => `key${i}`);
    await Promise.all(keys.map((key) => client.set(key, `value of ${key}`, NEVER)));
    const found = await client.get([...keys, ...keys.map((key) => `no${key}`)]);
    assert.deepStrictEqual(found, Object.fromEntries(keys.map((key) => [key, `value of ${key}`])));
    await Promise.all(keys.map((key) => client.del(key)));
    assert.deepStrictEqual(await client.get(keys), {});
  }),

  'cas': check(async (client) => {
    assert.strictEqual(await client.gets('key'), undefined);
    await client.set('key', '1', NEVER);
    const {key, cas} = await client.gets('key');
    assert.strictEqual(key, '1');
    assert.strictEqual(await client.cas('key', '2', cas, NEVER), true);
    assert.strictEqual(await client.cas('key', '3', cas, NEVER), false);
    assert.strictEqual(await client.cas('missing', '4', cas, NEVER), false);
    assert.strictEqual(await client.get('key'), '2');
  }),

  'incr and decr': check(async (client) => {
    assert.strictEqual(await client.incr('number', 1), false);
    await client.set('number', 10, NEVER);
    assert.strictEqual(await client.incr('number', 5), 15);
    assert.strictEqual(await client.decr('number', 20), 0);
    assert.strictEqual(await client.get('number'), 0);
    await client.set('text', 'text', NEVER);
    await assert.rejects(client.incr('text', 1), /non-numeric/);
  }),

  'del': check(async (client) => {
    assert.strictEqual(await client.del('key'), false);
    await client.set('key', 'value', NEVER);
    assert.strictEqual(await client.del('key'), true);
    assert.strictEqual(await client.get('key'), undefined);
  }),

  'touch and expiry': check(async (client) => {
    const now = Math.floor(Date.now() / 1000);
    assert.strictEqual(await client.touch('key', 10), false);
    await client.set('ends', 'value', 2);
    await client.set('touched', 'value', 2);
    await client.set('absolute', 'value', now + 1000);
    await client.set('past', 'value', now - 1000);
    assert.strictEqual(await client.touch('touched', 100), true);
    assert.strictEqual(await client.get('absolute'), 'value');
    assert.strictEqual(await client.get('past'), undefined);
    await waitUntil(async () => await client.get('ends') === undefined, 'an item ends');
    assert.strictEqual(await client.get('touched'), 'value');
  }),

  'unusual keys': check(async (client) => {
    for (const key of ['k'.repeat(250), 'ключ', '鍵', 'a.b:c/d?e=f', '$&', 'noreply', '{}', '0']) {
      assert.strictEqual(await client.set(key, key, NEVER), true);
      assert.strictEqual(await client.get(key), key);
      assert.deepStrictEqual(await client.get([key, 'missing']), {[key]: key});
    }
  }),

  'namespace': check(async (client) => {
    await client.set('key', 'value', NEVER);
    assert.deepStrictEqual(await client.get(['key', 'missing']), {key: 'value'});
    await client.set('other', 'value', NEVER);
    assert.strictEqual(await client.del('other'), true);
    assert.strictEqual(await client.get('other'), undefined);
  }, {namespace: 'space:'}),

  'stats, settings and version': check(async (client) => {
    const [{get_misses: misses}] = await client.stats();
    await client.get('missing');
    assert.strictEqual((await client.stats())[0].get_misses, misses + 1);
    assert.strictEqual((await client.settings())[0].item_size_max, 1 << 20);
    // The client takes what a version ends with.
    assert.match((await client.version())[0].version, /^\d+\.\d+\.\d+$/);
  }),

  'flush': check(async (client) => {
    await client.set('key', 'value', NEVER);
    assert.deepStrictEqual(await client.flush(), [true]);
    assert.strictEqual(await client.get('key'), undefined);
  }),
};

run('memcached', checks);
