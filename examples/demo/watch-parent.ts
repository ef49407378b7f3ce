/**
 * Preloaded into every process of the demo (`node --import`): ends it when the demo itself is gone.
 *
 * Invariant: no process outlives the demo, not even when the demo is killed with SIGKILL and can tell
 * nobody: the operating system closes the channel between them, and that is the signal.
 */
const GRACE_MS = 4_000

process.on('disconnect', () => {
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS).unref()
})
// Listening must not keep a process alive that has nothing left to do.
process.channel?.unref()
