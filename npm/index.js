// Starts mockserver in Node tests. index.d.ts says what everything is; what the
// methods order is described in docs/control-api.md.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** How long, in milliseconds, the server may take to start or to stop. */
const patience = 30_000;

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
    await this.order("POST", "clock", { freeze: true, set: new Date(at).toISOString() });
  }

  async jobs(mode) {
    await this.order("PUT", "jobs", { mode });
  }

  async set(settings) {
    await this.order("PUT", "settings", settings);
  }

  async waitSession(id, state = "POTENTIAL_ROLES_CREATED") {
    await this.order("GET", `sessions/${encodeURIComponent(id)}/wait?state=${encodeURIComponent(state)}`);
  }

  async waitExport(id, state = "SUCCESS") {
    await this.order("GET", `exports/${encodeURIComponent(id)}/wait?state=${encodeURIComponent(state)}`);
  }

  async verify(expectation) {
    await this.order("POST", "verify", expectation);
  }

  async token(wanted = {}) {
    return (await this.order("POST", "tokens", wanted)).accessToken;
  }

  async tenant(name) {
    const encoded = encodeURIComponent(name);
    await order("PUT", `${this.controlUrl}/_mock/tenants/${encoded}`, {});
    return new Tenant(this.root, this.controlUrl, `/t/${encoded}`);
  }

  async remove() {
    if (this.prefix === "") throw new Error("only a tenant that was made can be removed, not the whole server: stop it");
    await order("DELETE", `${this.controlUrl}/_mock/tenants/${this.prefix.slice("/t/".length)}`);
  }
}

/** Tells the control plane something. What it refuses is an Error with its words. */
async function order(method, url, body) {
  const answer = await fetch(url, { method, body: body === undefined ? undefined : JSON.stringify(body) }).catch((cause) => {
    const why = cause.cause?.message || cause.cause?.code || cause.message;
    throw new Error(`${method} ${url}: mockserver does not answer (${why}); was it stopped?`, { cause });
  });
  const text = await answer.text();
  if (answer.ok) return text === "" ? undefined : JSON.parse(text);
  throw new Error(`${method} ${new URL(url).pathname}: ${answer.status} ${explained(text)}`);
}

/** What an answer says is wrong, with a line for each request that came near. */
function explained(text) {
  let told;
  try {
    told = JSON.parse(text);
  } catch {
    return text;
  }
  if (!told?.error) return text;
  const at = told.pointer ? ` (at ${told.pointer})` : "";
  const allowed = told.allowed ? ` (allowed: ${told.allowed.join(", ")})` : "";
  const near = (told.near ?? []).map(
    ({ why, entry }) => `\n  near: request ${entry.number}, ${entry.method} ${entry.path}, answered ${entry.status}: ${why.join("; ")}`,
  );
  return told.error + at + allowed + near.join("");
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

export async function startMockServer({ binary = process.env.MOCKSERVER_BINARY || "mockserver", flags = [], env = {} } = {}) {
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
