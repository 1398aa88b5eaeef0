// Starts mockserver in Node tests, or connects to one that runs. index.d.ts says
// what everything is; what the methods order is described in docs/control-api.md.

import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { relative } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";

/** How long, in milliseconds, the server may take to start or to stop. */
const patience = 30_000;

/** How often, in milliseconds, a server that is not ready is asked again. */
const readyEvery = 50;

/** How many of the values that are allowed are listed in an error; the server has the nearest first. */
const mostAllowed = 5;

/** How much of a test's name the name of its tenant shows, in characters. */
const mostReadable = 40;

/** How much of the server's log is kept, in characters. */
const longestLog = 4 << 20;

/** The servers that run. Whoever ends without stop, by an error or by process.exit, leaves none behind. */
const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGTERM")));

/** What a tenant can be told, whoever started the server. */
class Tenant {
  constructor(url, controlUrl, prefix) {
    this.url = url + prefix;
    this.tokenUrl = `${this.url}/oauth/token`;
    this.controlUrl = controlUrl;
    this.prefix = prefix;
    this.root = url;
  }

  async order(method, resource, body) {
    return order(method, `${this.controlUrl}${this.prefix}/_mock/${resource}`, body);
  }

  async reset() {
    await this.order("POST", "reset");
  }

  async faults(...rules) {
    await this.order("PUT", "faults", rules);
  }

  async unusedFaults() {
    return (await this.order("GET", "faults?unused=true")).map((rule) => rule.id);
  }

  async advance(duration) {
    await this.order("POST", "clock", { advance: duration });
  }

  async setClock(at) {
    const moment = at === null ? new Date(NaN) : new Date(at);
    if (Number.isNaN(moment.getTime())) {
      throw new Error(`setClock: ${shown(at)} is no time; it must be a Date, milliseconds since 1970, or a text such as "2026-03-01T09:00:00Z"`);
    }
    await this.order("POST", "clock", { freeze: true, set: moment.toISOString() });
  }

  async now() {
    return new Date((await this.order("GET", "clock")).now);
  }

  async jobs(mode) {
    await this.order("PUT", "jobs", { mode });
  }

  async step() {
    return (await this.order("POST", "jobs/step")).moved.length;
  }

  async set(settings) {
    await this.order("PUT", "settings", settings);
  }

  async waitSession(id, wanted) {
    await this.wait("waitSession", "sessions", id, wanted);
  }

  async waitExport(id, wanted) {
    await this.wait("waitExport", "exports", id, wanted);
  }

  async waitProvision(potentialRoleId, wanted) {
    await this.wait("waitProvision", "roles", potentialRoleId, wanted);
  }

  async wait(by, kind, id, wanted = {}) {
    const { state, timeout } = known(`${by}: option`, typeof wanted === "string" ? { state: wanted } : wanted, ["state", "timeout"]);
    // Who waits gives no orders meanwhile, unless it says how long somebody else may take.
    const unattended = timeout === undefined ? "true" : undefined;
    const query = new URLSearchParams(Object.entries({ state, timeout, unattended }).filter(([, value]) => value !== undefined));
    await this.order("GET", `${kind}/${encodeURIComponent(given(by, "id", id))}/wait?${query}`);
  }

  async verify(expectation) {
    await this.order("POST", "verify", expectation);
  }

  async outbox(sessionId) {
    const query = new URLSearchParams({ limit: "10000" });
    if (sessionId !== undefined) query.set("sessionId", given("outbox", "id", sessionId));
    const mails = await this.order("GET", `outbox?${query}`);
    return mails.map((mail) => ({ ...mail, createdDate: new Date(mail.createdDate) }));
  }

  async token(wanted = {}) {
    return (await this.order("POST", "tokens", wanted)).accessToken;
  }

  async tenant(name) {
    const encoded = encodeURIComponent(given("tenant", "name", name));
    await order("PUT", `${this.controlUrl}/_mock/tenants/${encoded}`, {});
    return new Tenant(this.root, this.controlUrl, `/t/${encoded}`);
  }

  async forTest(t) {
    if (typeof t?.after !== "function" || !t.name) throw new Error("forTest: it takes the context of a test: test(name, async (t) => { ... forTest(t)");
    const name = tenantName(t);
    taken.add(name);
    const own = await this.tenant(name);
    t.after(async () => {
      await own.remove().catch(passOver404);
      taken.delete(name);
    });
    await own.reset(); // a run of this test that was cut off may have left it
    return own;
  }

  async remove() {
    if (this.prefix === "") throw new Error("only a tenant that was made can be removed, not the whole server: stop it");
    await order("DELETE", `${this.controlUrl}/_mock/tenants/${this.prefix.slice("/t/".length)}`);
  }
}

/** The error of what the control plane refuses, with its words. */
function refusal(method, url, status, text) {
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    // It is not from the control plane, and shown as it is.
  }
  const error = new Error(`${method} ${new URL(url).pathname}: ${status} ${told?.error ? explained(told) : text}`);
  return Object.defineProperty(error, "status", { value: status }); // which is not shown beside the message
}

/** Tells the control plane something. */
async function order(method, url, body, signal) {
  const answer = await fetch(url, { method, body: body === undefined ? undefined : JSON.stringify(body), signal }).catch((cause) => {
    const why = cause.cause?.message || cause.cause?.code || cause.message;
    throw new Error(`${method} ${url}: mockserver does not answer (${why}); was it stopped?`, { cause });
  });
  const text = await answer.text();
  if (answer.ok) return text === "" ? undefined : JSON.parse(text);
  throw refusal(method, url, answer.status, text);
}

/** What an answer says is wrong: every mistake, and each request that was found or came near, on a line. */
function explained(told) {
  const mistakes = [told, ...(told.also ?? [])].map(({ error, pointer, allowed }) => error + (pointer ? ` (at ${pointer})` : "") + listed(allowed));
  const { found = [], matched = 0, near = [] } = told;
  const matching = found.map((entry) => `matching: ${requestOf(entry)}`);
  if (matching.length > 0 && matched > matching.length) matching.push(`matching: ${matched - matching.length} more`);
  return [...mistakes, ...matching, ...near.map(({ why, entry }) => `near: ${requestOf(entry)}: ${why.join("; ")}`)].join("\n  ");
}

/** What is allowed in the place of a mistake. */
function listed(allowed) {
  if (allowed === undefined) return "";
  const rest = allowed.length > mostAllowed ? `, … (${allowed.length} in all)` : "";
  return ` (allowed: ${allowed.slice(0, mostAllowed).join(", ")}${rest})`;
}

/** An entry of the journal in a few words. */
function requestOf({ number, method, path, query, status }) {
  return `request ${number}, ${method} ${path}${query ? `?${query}` : ""}, answered ${status}`;
}

/** A text that a method cannot do without, such as an id. */
function given(by, what, value) {
  if (value === undefined || value === null || value === "") throw new Error(`${by}: the ${what} is missing: it is ${shown(value)}`);
  if (typeof value !== "string") throw new Error(`${by}: the ${what} must be a text, not ${shown(value)}`);
  return value;
}

/** Options, if there are none but these. */
function known(what, options, names) {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new Error(`${what}s must be an object with any of ${names.join(", ")}, not ${shown(options)}`);
  }
  const unknown = Object.keys(options).filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`${what} ${unknown.join(", ")} is not known: there are ${names.join(", ")}`);
  return options;
}

/** A value as a message shows it. */
function shown(value) {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}

/** Has what is gone already be gone. */
function passOver404(refused) {
  if (refused.status !== 404) throw refused;
}

/** The names that tests which run have given their tenants. */
const taken = new Set();

/** A name for the tenant of a test, the same in every run: what can be shown of the test's name, and a hash of all of it and of its file. */
function tenantName(t) {
  const whole = t.fullName ?? t.name; // older ones of Node know the last part only
  const file = relative(process.cwd(), t.filePath ?? process.argv[1] ?? "");
  const readable = whole.toLowerCase().replace(/[^a-z0-9]/g, "-").slice(0, mostReadable);
  for (let again = 0; ; again++) {
    const hash = createHash("sha256").update([file, whole, again].join("\0")).digest("hex").slice(0, 10);
    const name = `${readable}-${hash}`.replace(/^-+/, "");
    if (!taken.has(name)) return name;
  }
}

/** A base URL, taken apart into that of the server and the prefix of a tenant. */
function splitUrl(by, text) {
  const { protocol, host, pathname, search, hash } = URL.canParse(given(by, "URL", text)) ? new URL(text) : {};
  if (!/^https?:$/.test(protocol) || !host || search || hash) throw new Error(`${by}: the URL of a server must be such as http://127.0.0.1:8080, not ${shown(text)}`);
  const [, before, prefix = ""] = /^(.*?)(\/t\/[^/]+)?\/*$/.exec(pathname);
  return { root: `${protocol}//${host}${before}`, prefix };
}

export async function connect(url, options = {}) {
  const { controlUrl, within = patience } = known("connect: option", options, ["controlUrl", "within"]);
  if (!(Number.isFinite(within) && within > 0)) throw new Error(`connect: within must be a number of milliseconds above 0, not ${shown(within)}`);
  const { root, prefix } = splitUrl("connect", url);
  const control = controlUrl === undefined ? root : splitUrl("connect", controlUrl).root;
  await ready(control, within);
  await order("GET", `${control}/_mock`).catch((cause) => {
    throw new Error(`connect: there is no control plane at ${control}; where it is elsewhere (--control-addr), say so by the option controlUrl: ${cause.message}`, { cause });
  });
  return new Tenant(root, control, prefix);
}

/** Waits until a server says that it is ready, for so many milliseconds. */
async function ready(control, within) {
  const until = performance.now() + within;
  for (let last; ; ) {
    const signal = AbortSignal.timeout(Math.max(Math.ceil(until - performance.now()), 1));
    try {
      return await order("GET", `${control}/_mock/health/ready`, undefined, signal);
    } catch (cause) {
      if (cause.status === 404) throw new Error(`connect: there is no mockserver at ${control}: ${cause.message}`, { cause });
      if (!signal.aborted) last = cause; // what was said before the time was over says more
      if (performance.now() + readyEvery >= until) throw new Error(`connect: ${control} is not ready after ${within / 1000} seconds: ${(last ?? cause).message}`, { cause });
    }
    await pause(readyEvery);
  }
}

/** A mockserver in a process of its own. */
class MockServer extends Tenant {
  constructor(said, process_, ended, log) {
    super(said.SAIL_BASE_URL, said.control ?? said.SAIL_BASE_URL, "");
    this.clientId = said.SAIL_CLIENT_ID;
    this.clientSecret = said.SAIL_CLIENT_SECRET;
    this.process = process_;
    this.ended = ended;
    this.written = log;
  }

  get log() {
    return this.written.text;
  }

  stop() {
    return (this.stopping ??= this.end());
  }

  async end() {
    const alive = this.process.kill("SIGTERM");
    const overdue = setTimeout(() => this.process.kill("SIGKILL"), patience);
    const { code, signal } = await this.ended;
    clearTimeout(overdue);
    // Windows has no signals: there it is ended at once, and that is how it ends.
    if (process.platform === "win32" && alive && signal === "SIGTERM") return;
    if (code !== 0) throw new Error(`mockserver ended with code ${code}, signal ${signal}; its log:\n${this.log}`);
  }

  async [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]() {
    await this.stop();
  }
}

/** Reads what the server says at its start, until it has said all. */
async function greeting(stdout) {
  const said = {};
  for await (const line of createInterface({ input: stdout })) {
    const [, name, value] = /export (SAIL_\w+)=(\S+)/.exec(line) ?? [];
    if (name) said[name] = value;
    const [, control] = /^The control plane is on (\S+)\/_mock$/.exec(line) ?? [];
    if (control) said.control = control;
    if (name === "SAIL_CLIENT_SECRET") return said;
  }
  return said;
}

export async function startMockServer(options = {}) {
  const { binary = process.env.MOCKSERVER_BINARY || "mockserver", flags = [], env = {} } = known("startMockServer: option", options, ["binary", "flags", "env"]);
  if (!Array.isArray(flags)) throw new Error(`startMockServer: flags must be an array such as ["--auth", "strict"], not ${shown(flags)}`);
  // The variables of whoever runs the tests are no settings of theirs.
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MOCKSERVER_")));
  const child = spawn(binary, ["serve", "--addr", "127.0.0.1:0", "--stage-delay", "0s", "--log-format", "json", ...flags], {
    env: { ...clean, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log = { text: "" };
  child.stderr.setEncoding("utf8").on("data", (text) => (log.text = (log.text + text).slice(-longestLog)));
  const ended = new Promise((resolve, reject) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
    child.once("error", (cause) =>
      reject(new Error(`cannot run ${binary}: ${cause.message}. Name the binary by the option binary or by MOCKSERVER_BINARY`, { cause })),
    );
  });
  running.add(child);
  child.once("close", () => running.delete(child));
  let late = "";
  const overdue = setTimeout(() => {
    late = ` within ${patience / 1000} seconds`;
    child.kill("SIGKILL");
  }, patience);
  try {
    const said = await Promise.race([greeting(child.stdout), ended.then(() => ({}))]);
    if (!said.SAIL_CLIENT_SECRET) {
      child.kill("SIGKILL");
      const { code } = await ended;
      throw new Error(`mockserver did not start${late} (code ${code}); it said:\n${log.text}`);
    }
    child.stdout.resume();
    // From here on it is a test's own work that keeps the process going, not the server.
    for (const held of [child, child.stdout, child.stderr]) held.unref();
    return new MockServer(said, child, ended, log);
  } finally {
    clearTimeout(overdue);
  }
}
