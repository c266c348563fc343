import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalQuery, encodeRfc3986, isSignedBy, isTextSignedBy, type SignedRequest } from './aws-signature.ts';

/** The example of the AWS General Reference ("Signature Version 4 signing process", GET ListUsers). */
const listUsers: SignedRequest = {
  verb: 'GET',
  host: 'iam.amazonaws.com',
  path: '/',
  params: { Action: 'ListUsers', Version: '2010-05-08' },
  headers: {
    'Content-Type': 'application/x-www-form-urlencoded; charset=utf-8',
    'X-Amz-Date': '20150830T123600Z',
    Authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
      'SignedHeaders=content-type;host;x-amz-date, Signature=…',
  },
  bodyHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  signature: '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
};
const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';

/** The example of the EC2 reference for version 2, as botocore's tests have it. */
const describeInstances: SignedRequest = {
  verb: 'GET',
  host: 'elasticmapreduce.amazonaws.com',
  path: '/',
  params: {
    AWSAccessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    Action: 'DescribeJobFlows',
    SignatureMethod: 'HmacSHA256',
    SignatureVersion: '2',
    Timestamp: '2011-10-03T15:19:30',
    Version: '2009-03-31',
  },
  headers: {},
  bodyHash: '',
  signature: 'i91nKc4PWAt0JJIdXwz9HxZCJDdiy6cf/Mj6vPxyYIs=',
};

describe('signatures', () => {
  test('of the published examples are accepted', () => {
    expect(isSignedBy(secret, listUsers)).toBe(true);
    expect(isSignedBy('wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', describeInstances)).toBe(true);
  });

  test('are about every part that was signed', () => {
    const other = {
      verb: 'PUT',
      path: '/other',
      params: { Action: 'DeleteUser' },
      host: 'example.org',
      bodyHash: '00',
      signature: '5d672d79',
      headers: { ...listUsers.headers, 'X-Amz-Date': '20150830T123601Z' },
    };
    for (const [key, value] of Object.entries(other)) {
      expect([key, isSignedBy(secret, { ...listUsers, [key]: value })]).toEqual([key, false]);
    }
    expect(isSignedBy(`${secret}x`, listUsers)).toBe(false);
  });

  test('of a host are also found when the client left its port out', () => {
    expect(isSignedBy(secret, { ...listUsers, host: 'iam.amazonaws.com:443' })).toBe(true);
  });

  test('over a text are known by its first line', () => {
    // AWS S3 reference, "Signing and authenticating REST requests": object GET.
    const text = Buffer.from('GET\n\n\nTue, 27 Mar 2007 19:36:42 +0000\n/awsexamplebucket1/photos/puppy.jpg');
    const s3Secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    expect(isTextSignedBy(s3Secret, text, 'qgk2+6Sv9/oM7G3qLEjTH1a1l1g=')).toBe(true);
    expect(isTextSignedBy(s3Secret, Buffer.concat([text, Buffer.from('x')]), 'qgk2+6Sv9/oM7G3qLEjTH1a1l1g=')).toBe(
      false,
    );
  });

  test('nonsense is refused and breaks nothing', () => {
    fc.assert(
      fc.property(
        fc.record({
          verb: fc.string(),
          host: fc.string(),
          path: fc.string(),
          params: fc.dictionary(fc.string(), fc.string()),
          headers: fc.dictionary(fc.constantFrom('Authorization', 'X-Amz-Date', 'x'), fc.string()),
          bodyHash: fc.string(),
          signature: fc.string(),
        }),
        (request) => {
          expect(isSignedBy(secret, request)).toBe(false);
        },
      ),
    );
  });
});

describe('canonicalisation', () => {
  test('encodes everything but unreserved characters, and can be undone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const encoded = encodeRfc3986(text);
        expect(encoded).toMatch(/^([A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
        expect(decodeURIComponent(encoded)).toBe(text);
      }),
    );
  });

  test('does not depend on the order in which parameters came', () => {
    const entry = fc.tuple(fc.string(), fc.string());
    fc.assert(
      fc.property(fc.uniqueArray(entry, { selector: ([key]) => key }), (entries) => {
        expect(canonicalQuery(Object.fromEntries([...entries].reverse()))).toBe(
          canonicalQuery(Object.fromEntries(entries)),
        );
      }),
    );
  });
});
