/**
 * The embedded engine's process: loads libchdb and runs it as a ClickHouse with an HTTP listener.
 *
 * Invariant: the engine lives exactly as long as this process's standard input is open. Its main query
 * reads standard input, so the end of it (the parent closed the pipe, or died in whatever way) is a
 * graceful stop. Arguments after the library's path are passed to the engine as they are.
 *
 * Plain JavaScript on purpose: it starts the same way from a checkout and from the published package.
 */
import { writeSync } from 'node:fs'
import { setPriority } from 'node:os'
import ffi from 'ffi-rs'

/** Below the collector, which hands the engine its work. */
const NICENESS = 5

const [library, ...options] = process.argv.slice(2)
if (library === undefined) {
  writeSync(2, 'cannot start the engine: no library path given; this file is started by startEmbedded()\n')
  process.exit(2)
}

// Before it has threads, which take it over: who sends spans must not wait for what is worked out of them.
try {
  setPriority(NICENESS)
} catch {
  // Where it may not, it works all the same.
}

const argv = ['clickhouse', ...options]
ffi.open({ library: 'chdb', path: library })
const result = ffi.load({
  library: 'chdb',
  funcName: 'chdb_query_cmdline',
  retType: ffi.DataType.External,
  paramsType: [ffi.DataType.I32, ffi.DataType.StringArray],
  paramsValue: [argv.length, argv],
})
const message = ask('chdb_result_error', ffi.DataType.External)
if (ffi.isNullPointer(message)) process.exit(0)
writeSync(2, `${ask('chdb_result_error', ffi.DataType.String)}\n`)
process.exit(1)

/** Calls an accessor of the main query's result. */
function ask(funcName, retType) {
  return ffi.load({
    library: 'chdb',
    funcName,
    retType,
    paramsType: [ffi.DataType.External],
    paramsValue: [result],
  })
}
