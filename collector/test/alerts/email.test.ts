/** Mail, taken by a real SMTP server: what arrives, in which thread, and what its refusals mean. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterEach, describe, expect, it } from 'vitest'
import { email } from '../../src/alerts/notifiers/email.ts'
import { alertEvent, deliveryAt, NOW, noticeOf } from './describe-notifier.ts'

let server: SMTPServer | undefined
afterEach(async () => {
  const closing = server
  server = undefined
  if (closing) await new Promise<void>((done) => closing.close(done))
})

async function serve(options: SMTPServerOptions = {}): Promise<{ smtp: string; mails: string[] }> {
  const mails: string[] = []
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, done) {
      let text = ''
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('end', () => {
        mails.push(text)
        done()
      })
    },
    ...options,
  })
  server.on('error', () => {})
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  return { smtp: `smtp://127.0.0.1:${(listening.address() as AddressInfo).port}`, mails }
}

const to = (smtp: string) => ({
  ...{ smtp, from: 'Spanmeter <alerts@example.com>', to: ['ops@example.com', 'fin@example.com'] },
  unsubscribe: 'mailto:alerts@example.com?subject=unsubscribe',
})
const header = (mail: string, name: string) =>
  new RegExp(`^${name}: ((?:.*)(?:\\r\\n[ \\t].*)*)`, 'mi')
    .exec(mail.split('\r\n\r\n', 1)[0] ?? '')?.[1]
    ?.replace(/\r\n[ \t]/g, ' ')

describe('a mail', () => {
  it('arrives once for all recipients, says what it says, and stands in the thread of its alert', async () => {
    const { smtp, mails } = await serve()
    const firing = noticeOf(alertEvent({ title: 'Spend of müller\r\nBcc: x@example.com' }))
    const resolved = { ...noticeOf(alertEvent({ status: 'resolved', endsAt: NOW })), id: 'msg-2' }
    expect(await email.send(firing, to(smtp), deliveryAt())).toEqual({ outcome: 'delivered' })
    expect(await email.send(resolved, to(smtp), deliveryAt())).toEqual({ outcome: 'delivered' })
    expect(mails).toHaveLength(2)
    const [first = '', second = ''] = mails
    expect(header(first, 'Message-ID')).toBe('<msg-1@spanmeter>')
    expect(header(second, 'Message-ID')).toBe('<msg-2@spanmeter>')
    expect(header(first, 'References')).toBe(header(second, 'References'))
    expect(header(first, 'List-Unsubscribe')).toContain('mailto:alerts@example.com')
    expect(header(first, 'Auto-Submitted')).toBe('auto-generated')
    expect(header(first, 'Bcc')).toBeUndefined()
    expect(header(first, 'To')).toContain('fin@example.com')
    expect(first).toContain('$40.00 of $50.00 are spent')
  })

  it('is tried again where the server says later, and given up where it says never', async () => {
    const refuse = (code: number): SMTPServerOptions => ({
      onRcptTo(_address, _session, done) {
        done(Object.assign(new Error('no such mailbox'), { responseCode: code }))
      },
    })
    const later = await serve(refuse(451))
    expect(await email.send(noticeOf(alertEvent()), to(later.smtp), deliveryAt())).toMatchObject({
      outcome: 'retry',
    })
    await new Promise<void>((done) => server?.close(done))
    const never = await serve(refuse(550))
    expect(await email.send(noticeOf(alertEvent()), to(never.smtp), deliveryAt())).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('no such mailbox'),
    })
  })

  it('is tried again where there is no server', async () => {
    expect(await email.send(noticeOf(alertEvent()), to('smtp://127.0.0.1:1'), deliveryAt())).toMatchObject({
      outcome: 'retry',
      reason: expect.stringContaining('ECONNREFUSED'),
    })
  })
})
