// Requests to the bot, and what a failure means for whoever waits.

const PATIENCE_MS = 30_000;
const PAUSES_S = [1, 2, 4, 8, 15, 30, 30, 60, 60, 60]; // between tries; then a person has to say so

/** Why there is no answer. */
class Failure extends Error {
  /**
   * @param {number} status of HTTP; 0 where the server was not reached
   * @param {number|null} waitS seconds that the server asks for; null where it asks for none
   */
  constructor(status, told, waitS) {
    super(told);
    this.status = status;
    this.waitS = waitS;
  }

  /** Whether the server is away, and the same request may be answered later. */
  get isAway() {
    return this.status === 0 || this.status === 408 || this.status >= 502;
  }

  get isTooMuch() {
    return this.status === 429;
  }
}

/**
 * Ask the bot something.
 *
 * @param {string|null} key the same in each try, by which the bot sees that it has answered already
 * @returns what it says; null where that is nothing
 * @throws {Failure}
 */
async function call(path, body, key = null) {
  const how = { credentials: "omit", cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body !== undefined) {
    how.method = "POST";
    how.headers = { "Content-Type": "application/json" };
    if (key !== null) how.headers["Idempotency-Key"] = key;
    how.body = JSON.stringify(body);
  }
  let response, told;
  try {
    response = await fetch(new URL(path, API), how);
    told = response.status === 204 ? "" : await response.text();
  } catch (error) {
    throw new Failure(0, String(error), null);
  }
  if (response.ok && !told) return null;
  let read;
  try {
    read = JSON.parse(told);
  } catch {
    throw new Failure(response.ok ? 502 : response.status, told, null); // of something in between
  }
  if (response.ok) return read;
  const wait = Number.parseFloat(response.headers.get("Retry-After"));
  throw new Failure(response.status, read.detail || read.title || "", Number.isNaN(wait) ? null : wait);
}

/** Waits that can be cut short. */
class Pause {
  #wake = null;

  async last(seconds) {
    await new Promise((resolve) => {
      this.#wake = resolve;
      setTimeout(resolve, 1_000 * seconds);
    });
    this.#wake = null;
  }

  end() {
    if (this.#wake) this.#wake();
  }
}
