import { expect, test } from 'vitest'
import { type AlertEvent, headingOf } from './notice.ts'

const event = (title: string, more: Partial<AlertEvent> = {}): AlertEvent => ({
  ...{ alertId: title, status: 'firing', rule: 'month', severity: 'warning', title, summary: '' },
  ...{ subject: {}, value: '', threshold: '', startsAt: 0 },
  ...more,
})
const heading = (...events: AlertEvent[]) => headingOf({ id: '1', createdAt: 0, events })

test('a heading names what fires and is the worst, and of thresholds that were passed at once the last', () => {
  expect(heading(event('50%'))).toBe('50%')
  expect(heading(event('50%', { status: 'resolved' }))).toBe('Resolved: 50%')
  expect(heading(event('50%'), event('80%'), event('100%'))).toBe('3 firing: 100%, and 2 others')
  expect(heading(event('down', { severity: 'critical' }), event('50%'))).toBe('2 firing: down, and another')
  expect(heading(event('50%'), event('down', { severity: 'critical', status: 'resolved' }))).toBe(
    '1 firing, 1 resolved: 50%, and another',
  )
})
