/** What a server or one of its tenants can be told. What is refused is an Error with the server's words. */
export interface Tenant {
  /** The base URL for an SDK, without a slash at the end; that of a tenant has its prefix. */
  readonly url: string;
  /** Where an SDK takes its token. */
  readonly tokenUrl: string;
  /** The base URL of the control plane, without the prefix of a tenant: `url` of the server, unless it listens elsewhere. */
  readonly controlUrl: string;
  /** Returns to the fixtures and settings, in milliseconds; identifiers begin again. */
  reset(): Promise<void>;
  /** Puts rules in the place of those that there are; none clears them. */
  faults(...rules: Fault[]): Promise<void>;
  /** The ids of the rules that took no call. */
  unusedFaults(): Promise<string[]>;
  /** Moves the clock on by a Go duration, such as "13h"; background work that falls due is done when it resolves. */
  advance(duration: string): Promise<void>;
  /** Stops the clock at a moment in the years 1970 to 2200. */
  setClock(at: Date | string | number): Promise<void>;
  /** What the clock shows. */
  now(): Promise<Date>;
  /** What moves background work on: auto, immediate, polls:N, step, hold:STATE, fail or fail:STATE. */
  jobs(mode: string): Promise<void>;
  /** Moves everything that is unfinished one state on, and says how many pieces of work moved. */
  step(): Promise<number>;
  /** Changes settings; those that are not named stay as they are. */
  set(settings: Settings): Promise<void>;
  /** Waits until a session is in a state, by default POTENTIAL_ROLES_CREATED; rejects if it does not get there. */
  waitSession(id: string, wanted?: string | Wait): Promise<void>;
  /** Waits until an export is in a state, by default SUCCESS, likewise. */
  waitExport(id: string, wanted?: string | Wait): Promise<void>;
  /** Waits until the provisioning of a potential role is in a state, by default COMPLETE, likewise. */
  waitProvision(potentialRoleId: string, wanted?: string | Wait): Promise<void>;
  /** The messages of a session, the oldest first; without an id those of all, the first 10,000. */
  outbox(sessionId?: string): Promise<Mail[]>;
  /** Rejects, with the requests that match and those that came near, unless the requests came that should have. */
  verify(expectation: Expectation): Promise<void>;
  /** Makes an access token; without an order one with all rights. */
  token(wanted?: TokenOrder): Promise<string>;
  /** A tenant, made if it is not there: an organisation of its own. 1 to 63 letters a to z, digits and hyphens. */
  tenant(name: string): Promise<Tenant>;
  /**
   * A tenant for one test alone, called after it and removed with it, another one by each call. Verify before the test ends: Node
   * runs what `t.after` is given in its order, so that what comes behind this finds no tenant any more.
   */
  forTest(t: TestContext): Promise<Tenant>;
  /** Removes the tenant, with all that is in it. The server's own one cannot be removed: it is stopped. */
  remove(): Promise<void>;
}

/** What forTest needs of the context of a test, such as that of `node:test`. */
export interface TestContext {
  readonly name: string;
  readonly fullName?: string;
  readonly filePath?: string;
  after(fn: () => unknown): void;
}

/** What is waited for. */
export interface Wait {
  state?: string;
  /**
   * How long at the most: a Go duration to 5m, such as "10s". Without it that is 30 s, and the wait ends at once where
   * only an order moves the work on (a frozen clock, the modes step, hold and fail): whoever waits gives none meanwhile.
   */
  timeout?: string;
}

/** A message that the real service would have sent. */
export interface Mail {
  id: string;
  sessionId: string;
  /** An identity. */
  recipientId: string;
  /** Empty if the identity has none. */
  address: string;
  subject: string;
  text: string;
  createdDate: Date;
}

/** A mockserver in a process of its own. */
export interface MockServer extends Tenant {
  /** A client that is let in with all rights. */
  readonly clientId: string;
  readonly clientSecret: string;
  /** What the server has written to its log, JSON lines, the last four million characters. */
  readonly log: string;
  /** Stops it, once, and rejects if it ended badly. Without it, it ends with this process, unless a signal ends that. */
  stop(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface StartOptions {
  /** The binary; by default what MOCKSERVER_BINARY names, or mockserver on the PATH. */
  binary?: string;
  /** Flags of `mockserver serve`. Without any it listens on a free port and has no stage delay. */
  flags?: string[];
  /** Variables for its environment. Those of this process that begin with MOCKSERVER_ do not reach it. */
  env?: Record<string, string>;
}

/** Starts a server and waits until it is there. Whatever keeps it from starting is an Error. */
export function startMockServer(options?: StartOptions): Promise<MockServer>;

export interface ConnectOptions {
  /** Where the control plane listens, if that is elsewhere (--control-addr). */
  controlUrl?: string;
  /** For how many milliseconds it waits until the server is ready; 30,000 by default. */
  within?: number;
}

/**
 * Connects to a server that runs: a container, a service of the pipeline. `url` is its base URL, such as http://127.0.0.1:8080, and
 * may have the prefix of a tenant (/t/NAME). It is left as it is: `reset` makes it begin anew.
 */
export function connect(url: string, options?: ConnectOptions): Promise<Tenant>;

/** The versions of the API. */
export type Version = "beta" | "v2024" | "v2025" | "v2026" | "v1" | "latest";

/** Settings of a tenant, as the flags of the same names have them. */
export interface Settings {
  auth?: "lenient" | "strict" | "off";
  rateLimit?: string;
  jobs?: string;
  stageDelay?: string;
  strictRequests?: boolean;
  prefer?: boolean;
}

/** What a token is to be like. docs/control-api.md has the kinds. */
export interface TokenOrder {
  kind?: string;
  clientId?: string;
  userId?: string;
  scopes?: string[];
  authorities?: string[];
  ttl?: string;
  issuedAt?: string;
  notBefore?: string;
  expiresAt?: string;
  claims?: Record<string, unknown>;
}

/** A rule by which calls go wrong: an operation, and one thing to do. docs/control-api.md has all of it. */
export interface Fault {
  id?: string;
  operation: string;
  version?: Version;
  client?: string;
  path?: Record<string, string>;
  header?: Record<string, string>;
  times?: number;
  nth?: number;
  every?: number;
  after?: number;
  probability?: number;
  status?: number;
  retryAfter?: number;
  delay?:
    | string
    | { distribution: "uniform" | "normal" | "lognormal" | "exponential"; min?: string; max?: string; mean?: string; stddev?: string; median?: string; sigma?: number };
  connection?: "reset" | "close";
  body?: "truncate" | "malformed";
  slow?: { bytesPerSecond: number };
  performed?: boolean;
}

/** Which requests are meant: those that fulfil all of it. */
export interface Call {
  operation?: string;
  version?: Version;
  client?: string;
  method?: string;
  status?: number | string | (number | string)[];
  refused?: boolean;
  fault?: string;
  path?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

/** How many requests there should be, and since which entry of the journal. */
export type Expectation =
  | (Call & { since?: number } & ({ times: number } | { atLeast: number } | { atMost: number } | { never: true }))
  | { since?: number; sequence: Call[] };
