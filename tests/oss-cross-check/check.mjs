// Aliyun's own client against the OSS server of the tests: what it signs must be right there too.
import assert from 'node:assert/strict';
import OSS from 'ali-oss';

const { OSS_PORT: port, OSS_KEY: accessKeyId, OSS_SECRET: accessKeySecret, OSS_BUCKET: bucket, OSS_V4: v4, OSS_TOKEN: stsToken } = process.env;
const settings = {
  endpoint: `http://localhost:${port}`, cname: true, bucket, accessKeyId, accessKeySecret, region: 'oss-cn-hangzhou', authorizationV4: v4 === '1',
  ...(stsToken ? { stsToken, refreshSTSToken: async () => ({ accessKeyId, accessKeySecret, stsToken }) } : {}),
};
const client = new OSS(settings);
const key = "备份/a b+%'1'(2)!.dump";
const content = Buffer.alloc(250 * 1024, 'x');

await client.put(key, content, { headers: { 'x-oss-storage-class': 'IA', 'Content-MD5': (await import('node:crypto')).createHash('md5').update(content).digest('base64') } });
assert.equal((await client.head(key)).res.headers['content-length'], String(content.length));
assert.ok(content.equals((await client.get(key)).content));

await client.multipartUpload('parts', content, { partSize: 100 * 1024, parallel: 1 });
const { uploadId } = await client.initMultipartUpload(key);
assert.deepEqual((await client.listUploads({ 'max-uploads': 10 })).uploads.map(upload => upload.uploadId), [uploadId]);
assert.equal((await client.listParts(key, uploadId)).uploadId, uploadId);
await client.abortMultipartUpload(key, uploadId);
assert.ok(content.equals((await client.get('parts')).content));

const listed = await client.listV2({ 'max-keys': 10, prefix: '备' });
assert.deepEqual(listed.objects.map(item => item.name), [key]);

const link = v4 === '1'
  ? await client.signatureUrlV4('GET', 60, { queries: { 'response-content-disposition': 'attachment; filename="a b"' } }, key)
  : client.signatureUrl(key, { expires: 60, response: { 'content-disposition': 'attachment; filename="a b"' } });
const fetched = await fetch(link);
assert.equal(fetched.status, 200, await fetched.clone().text());
assert.equal(fetched.headers.get('content-disposition'), 'attachment; filename="a b"');

await client.delete(key);
await assert.rejects(client.head(key), error => error.status === 404);

await assert.rejects(new OSS({ ...settings, accessKeySecret: 'wrong' }).put('x', content), error => error.code === 'SignatureDoesNotMatch');
await assert.rejects(client.put('x', content, { headers: { 'Content-MD5': '1B2M2Y8AsgTpgAmY7PhCfg==' } }), error => error.code === 'InvalidDigest');
console.log('all of it agrees');
