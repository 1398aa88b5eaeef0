// Checks that the tests share.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { parse } from "csv-parse/sync";
import { strFromU8, unzipSync } from "fflate";

/** Wants an answer of this status and returns it. */
export async function ok(status, call) {
  const answer = await call;
  assert.equal(answer.status, status);
  assert.match(answer.headers["slpt-request-id"], /^[0-9a-f]{32}$/);
  return answer;
}

/** As ok, and returns what the answer holds. */
export const data = async (status, call) => (await ok(status, call)).data;

/** The total that a list was asked to count. */
export const total = (answer) => {
  assert.match(answer.headers["x-total-count"], /^\d+$/);
  return Number(answer.headers["x-total-count"]);
};

/** Wants an AxiosError with an answer of this status, and returns the answer. */
export async function refused(status, call) {
  const error = await call.then(
    (answer) => assert.fail(`answered ${answer.status}, want ${status}`),
    (reason) => reason,
  );
  assert.equal(error.name, "AxiosError", error.stack);
  assert.equal(error.response?.status, status, error.message);
  assert.match(error.response.headers["content-type"], /^application\/json\b/);
  return error.response;
}

/** Wants the body of an error that the service itself, not its gateway, tells. */
export function assertError(body, detailCode, text) {
  assert.equal(body.detailCode, detailCode);
  assert.match(body.trackingId, /^[0-9a-f]{32}$/);
  assert.deepEqual(body.messages.map((m) => m.localeOrigin), ["DEFAULT", "REQUEST"]);
  for (const message of body.messages) assert.match(message.text, text);
  assert.deepEqual(body.causes, []);
}

/** Asks until the answer is done, a bounded number of times. */
export async function eventually(ask, done) {
  let last;
  for (let i = 0; i < 1000; i++) {
    last = await ask();
    if (done(last)) return last;
    await sleep(10);
  }
  assert.fail(`not done after 1000 questions; the last answer was ${JSON.stringify(last)}`);
}

/** The two CSV files of a potential role's ZIP, as rows by column name. */
export function unzip(bytes) {
  const files = unzipSync(new Uint8Array(bytes));
  assert.deepEqual(Object.keys(files).sort(), ["entitlements.csv", "identities.csv"]);
  const rows = (name) => {
    const all = parse(strFromU8(files[name]), { columns: true });
    assert.ok(all.length > 0, `${name} has no rows`);
    return all;
  };
  return { identities: rows("identities.csv"), entitlements: rows("entitlements.csv") };
}

/** Wants a list that never falls by what key says. */
export function assertSorted(list, key, message) {
  for (let i = 1; i < list.length; i++) {
    assert.ok(key(list[i - 1]) <= key(list[i]), `${message}: ${key(list[i - 1])} is before ${key(list[i])}`);
  }
}
