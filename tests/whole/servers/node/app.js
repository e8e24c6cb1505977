const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const { execFile } = require('child_process');
const crypto = require('crypto');
const http = require('http');

if (isMainThread) {
    http.createServer((request, response) => {
        new Worker(__filename, { workerData: 1000 }).once('message', (sum) => {
            execFile('/bin/sh', ['-c', 'echo from a shell'], (error, said) => {
                crypto.pbkdf2('words', 'salt', 1000, 4, 'sha256', (_, key) => {
                    response.end(`${sum} ${error ?? said.trim()} ${key.length}\n`);
                });
            });
        });
    }).listen(8000, '127.0.0.1');
} else {
    let sum = 0;
    for (let n = 1; n <= workerData; n++) sum += n;
    parentPort.postMessage(sum);
}
