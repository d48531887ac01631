/**
 * A value that has come to rest: long work does not start anew at every step of a drag.
 * @module
 */
import { useEffect, useState } from "preact/hooks";

/** @returns the value once it has not changed for `milliseconds`; the one before until then */
export function useSettled<T>(value: T, milliseconds: number): T {
  const [settled, setSettled] = useState(value);
  const key = JSON.stringify(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [key, milliseconds]);
  return settled;
}
