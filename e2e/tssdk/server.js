// Runs the built mockserver for a test, and reads its access log.

import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { Configuration } from "sailpoint-api-client";

/** How long, in milliseconds, the server may take to start or to stop. */
const patience = 30_000;

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The text of a file of the repository, by its path from the top. */
export const repositoryFile = (path) => readFileSync(join(root, path), "utf8");

/** A JSON document that both SDKs' tests use. */
export const document = (name) => JSON.parse(repositoryFile(`e2e/testdata/${name}`));

let built;

/** The binary that MOCKSERVER_BINARY names, or one built now. */
function binary() {
  if (process.env.MOCKSERVER_BINARY) return resolve(process.env.MOCKSERVER_BINARY);
  if (!built) {
    const directory = mkdtempSync(join(tmpdir(), "tssdk-"));
    process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
    built = join(directory, "mockserver");
    execFileSync("go", ["build", "-o", built, "./cmd/mockserver"], { cwd: root, stdio: "inherit" });
  }
  return built;
}

/** A mockserver on a free port. */
export class Server {
  /** Starts one and waits until it says where it is and who may call it. */
  static async start(...flags) {
    const server = new Server();
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MOCKSERVER_")));
    const process_ = spawn(
      binary(),
      ["--addr", "127.0.0.1:0", "--stage-delay", "10ms", "--log-format", "json", ...flags],
      { env, stdio: ["ignore", "pipe", "pipe"] },
    );
    server.process = process_;
    server.log = "";
    process_.stderr.setEncoding("utf8").on("data", (text) => (server.log += text));
    server.ended = new Promise((resolve) => process_.once("close", (code, signal) => resolve({ code, signal })));
    const overdue = setTimeout(() => process_.kill("SIGKILL"), patience);
    const said = {};
    for await (const line of createInterface({ input: process_.stdout })) {
      const [, name, value] = /export (SAIL_\w+)=(\S+)/.exec(line) ?? [];
      if (name) said[name] = value;
      if (name === "SAIL_CLIENT_SECRET") break;
    }
    clearTimeout(overdue);
    Object.assign(server, { url: said.SAIL_BASE_URL, id: said.SAIL_CLIENT_ID, secret: said.SAIL_CLIENT_SECRET });
    if (!server.url || !server.id || !server.secret) {
      process_.kill("SIGKILL");
      await server.ended;
      throw new Error(`the server did not say SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET; its log:\n${server.log}`);
    }
    return server;
  }

  /** An SDK configuration as the README has it. */
  configuration(clientId = this.id, clientSecret = this.secret) {
    return this.experimental({ tokenUrl: `${this.url}/oauth/token`, clientId, clientSecret });
  }

  /** An SDK configuration with a token that the caller has. */
  withToken(accessToken) {
    return this.experimental({ accessToken });
  }

  experimental(parameters) {
    const configuration = new Configuration({ baseurl: this.url, ...parameters });
    configuration.experimental = true;
    return configuration;
  }

  /** Puts a rule of faults in the place of those of the server. */
  async order(rule) {
    const answer = await fetch(`${this.url}/_mock/faults`, { method: "PUT", body: JSON.stringify(rule) });
    if (answer.status !== 200) throw new Error(await answer.text());
  }

  /** How many calls the first rule of faults took. */
  async hits() {
    const [rule] = await (await fetch(`${this.url}/_mock/faults`)).json();
    return rule.hits;
  }

  /** Stops the server, once, as a service manager would; it must end well. */
  stop() {
    return (this.stopping ??= this.end());
  }

  async end() {
    this.process.kill("SIGTERM");
    const overdue = setTimeout(() => this.process.kill("SIGKILL"), patience);
    const { code, signal } = await this.ended;
    clearTimeout(overdue);
    if (code !== 0) throw new Error(`the server ended with code ${code}, signal ${signal}; its log:\n${this.log}`);
  }

  /** The requests in the access log but for those for tokens; only after stop. */
  get requests() {
    return this.log
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
      .filter((line) => line.msg === "request" && line.path !== "/oauth/token");
  }
}
