/**
 * Preloaded (`NODE_OPTIONS=--require …`) where a test needs a machine on which npm has installed no engine
 * library, as happens with `--omit=optional` or on a platform that has none.
 */
const Module = require('node:module')

const resolve = Module._resolveFilename
Module._resolveFilename = function hideEngine(request, ...rest) {
  if (request.startsWith('@chdb/')) {
    throw Object.assign(new Error(`Cannot find module '${request}'`), { code: 'MODULE_NOT_FOUND' })
  }
  return resolve.call(this, request, ...rest)
}
