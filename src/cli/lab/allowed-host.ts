/**
 * Which names a browser may have called the lab's server by.
 * @module
 */
import { isIP } from "node:net";

const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "::1"];

/** The name of a Host header without its port; null for none that makes sense. */
export function hostName(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::\d{1,5})?$/.exec(header ?? "");
  return match === null ? null : (match[1] ?? match[2]!).toLowerCase().replace(/\.$/, "");
}

/** Whether an address is reached from this machine only. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.includes(host.toLowerCase()) || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Whether a request with this Host header was meant for this server. A page of another site can point its own name at
 * 127.0.0.1 and would then count as the same origin (DNS rebinding), but its name stands in the header. Names are therefore
 * those of this machine or the one given by `--host`; where the server is open to a network, any address in numbers too, as
 * no name was resolved for that.
 */
export function isAllowedHost(header: string | undefined, boundTo: string): boolean {
  const name = hostName(header);
  if (name === null) return false;
  if (isLoopback(name) || name.endsWith(".localhost")) return true;
  if (name === boundTo.toLowerCase()) return true;
  return !isLoopback(boundTo) && isIP(name) !== 0;
}
