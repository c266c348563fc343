"""Turns Tempest's own stream of results (subunit v2, on standard input) into a line of JSON for each test that ended.

Fields: id; status (passed, failed, skipped); seconds; reason (the last line of a failure, or why it was skipped);
details (everything that was attached: the traceback, the log with each request).
"""
import json
import re
import sys

import subunit
import testtools

STATUS = {'success': 'passed', 'xfail': 'passed', 'skip': 'skipped', 'exists': None}


def reason_of(texts, status):
    """Why: what Tempest says of a skip; of a failure, the exception with which its traceback ends."""
    if status == 'skipped':
        return texts.get('reason', '').strip()
    traceback = texts.get('traceback') or next((text for name, text in texts.items() if 'traceback' in name), '')
    lines = traceback.strip().splitlines()
    # What follows the last line of code is the exception, over several lines when it quotes an answer.
    last_code = max((number for number, line in enumerate(lines) if re.match(r'  File |    ', line)), default=-1)
    return ' '.join(line.strip() for line in lines[last_code + 1:]).strip()


def tell(test):
    status = STATUS.get(test['status'], 'failed')
    if status is None:
        return
    texts = {name: content.as_text() for name, content in test['details'].items()}
    start, stop = test['timestamps']
    seconds = round((stop - start).total_seconds(), 2) if start and stop else 0
    details = '\n'.join('== %s\n%s' % item for item in texts.items())
    line = {'id': test['id'], 'status': status, 'seconds': seconds, 'reason': reason_of(texts, status), 'details': details}
    print(json.dumps(line), flush=True)


def main():
    stream = subunit.ByteStreamToStreamResult(sys.stdin.buffer, non_subunit_name='output')
    result = testtools.StreamToDict(tell)
    result.startTestRun()
    stream.run(result)
    result.stopTestRun()


main()
