'use strict';
// usage: memjs_sasl_test.js PORT
// Uses a server that serves nobody but CLIENT_USER with CLIENT_PASSWORD, both in the environment,
// through npm's memjs, which authenticates by SASL PLAIN.

const assert = require('node:assert');
const {Client} = require('memjs');
const {run} = require('./checks.js');

const {CLIENT_USER: USER, CLIENT_PASSWORD: PASSWORD} = process.env;
const SILENT = {log() {}};

// Calls use(client) with a client that says it is this user, or nothing of the kind.
async function withClient(user, password, use) {
  const client = Client.create(`127.0.0.1:${process.argv[2]}`,
                               {timeout: 10, retries: 1, logger: SILENT, username: user, password});
  try {
    await use(client);
  } finally {
    client.close();
  }
}

async function requireRefused(user, password, why) {
  await withClient(user, password, async (client) => {
    // memjs rejects with an error or with a mere text.
    const refused = await client.set('key', 'not theirs').then(() => 'nothing', String);
    assert.match(refused, why);
  });
}

async function requireServed() {
  await withClient(USER, PASSWORD, async (client) => {
    assert.strictEqual((await client.get('key')).value.toString(), 'value');
  });
}

const checks = {
  'user and password': async () => {
    await withClient(USER, PASSWORD, async (client) => {
      assert.strictEqual(await client.set('key', 'value'), true);
      const values = await Promise.all(Array.from({length: 100}, () => client.get('key')));
      assert.ok(values.every(({value}) => value.toString() === 'value'));
    });
  },

  'wrong password': async () => {
    await requireRefused(USER, `${PASSWORD}?`, /authentication failed/);
    await requireServed();
  },

  'unknown user': async () => {
    await requireRefused(`${USER}?`, PASSWORD, /authentication failed/);
    await requireServed();
  },

  'no user': async () => {
    await requireRefused(undefined, undefined, /authentication failed/);
    await requireServed();
  },
};

run('memjs', checks);
