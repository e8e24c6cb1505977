"""A kubelet of a few lines: one pod from its manifest, through a runtime's CRI socket.

    pod.py SOCKET start MANIFEST FOLDER    prints the sandbox's and the container's id
    pod.py SOCKET status CONTAINER         prints JSON: state, exit_code, pid
    pod.py SOCKET exec CONTAINER CMD...    ends with the command's exit code
    pod.py SOCKET probe MANIFEST CONTAINER KIND    livenessProbe or readinessProbe, likewise
    pod.py SOCKET stop MANIFEST CONTAINER  preStop, then TERM, then KILL when the grace is over
    pod.py SOCKET remove SANDBOX

The network is the node's, so that no CNI is needed. FOLDER holds what the pod's volumes hold, the
termination log and the container's log. cri_pb2, made from cri.proto, is looked for in $PYTHONPATH.
What the kubelet does of itself, such as masked paths, is done here too.
"""
import json
import os
import subprocess
import sys
import time

import grpc

import cri_pb2 as cri

TIMEOUT = 600

# kubernetes/pkg/securitycontext: the default ProcMount.
MASKED = ['/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list',
          '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware']
READ_ONLY = ['/proc/asound', '/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys',
             '/proc/sysrq-trigger']


class Runtime:
    def __init__(self, socket):
        self.channel = grpc.insecure_channel('unix://' + socket)

    def call(self, method, request, answer=cri.Nothing):
        function = self.channel.unary_unary(
            '/runtime.v1.RuntimeService/' + method,
            request_serializer=lambda it: it.SerializeToString(),
            response_deserializer=answer.FromString)
        return function(request, timeout=TIMEOUT)


def seccomp_of(context):
    profile = context.get('seccompProfile', {'type': 'Unconfined'})
    return cri.SecurityProfile(profile_type=profile['type'],
                               localhost_ref=profile.get('localhostProfile', ''))


def namespaces_of(spec):
    return cri.NamespaceOption(network='NODE', ipc='POD',
                               pid='POD' if spec.get('shareProcessNamespace') else 'CONTAINER')


def sandbox_config(manifest, folder):
    spec = manifest['spec']
    context = spec.get('securityContext', {})
    security = cri.LinuxSandboxSecurityContext(
        namespace_options=namespaces_of(spec),
        seccomp=seccomp_of(context),
        readonly_rootfs=True)
    set_user(security, context)
    return cri.PodSandboxConfig(
        metadata=cri.PodSandboxMetadata(name=manifest['metadata']['name'], namespace='default',
                                        uid=str(os.getpid())),
        log_directory=folder,
        linux=cri.LinuxPodSandboxConfig(security_context=security))


def set_user(security, context):
    if context.get('runAsNonRoot') and context.get('runAsUser') == 0:
        raise SystemExit('runAsNonRoot, but runAsUser is 0')
    if 'runAsUser' in context:
        security.run_as_user.value = context['runAsUser']
    if 'runAsGroup' in context:
        security.run_as_group.value = context['runAsGroup']


def mounts_of(spec, container, folder):
    mounts = []
    for volume in spec.get('volumes', []):
        if 'emptyDir' not in volume:
            raise SystemExit('only emptyDir is known here: ' + json.dumps(volume))
        os.makedirs(os.path.join(folder, volume['name']))
        os.chmod(os.path.join(folder, volume['name']), 0o777)
    for mount in container.get('volumeMounts', []):
        mounts.append(cri.Mount(container_path=mount['mountPath'],
                                host_path=os.path.join(folder, mount['name']),
                                readonly=mount.get('readOnly', False)))
    log = os.path.join(folder, 'termination-log')
    with open(log, 'w', encoding='utf-8'):
        os.chmod(log, 0o666)
    mounts.append(cri.Mount(container_path='/dev/termination-log', host_path=log))
    return mounts


def container_config(manifest, folder):
    spec = manifest['spec']
    container = spec['containers'][0]
    context = {**spec.get('securityContext', {}), **container.get('securityContext', {})}
    capabilities = context.get('capabilities', {})
    security = cri.LinuxContainerSecurityContext(
        capabilities=cri.Capability(add_capabilities=capabilities.get('add', []),
                                    drop_capabilities=capabilities.get('drop', [])),
        namespace_options=namespaces_of(spec),
        readonly_rootfs=context.get('readOnlyRootFilesystem', False),
        no_new_privs=not context.get('allowPrivilegeEscalation', True),
        masked_paths=MASKED,
        readonly_paths=READ_ONLY,
        seccomp=seccomp_of(context))
    set_user(security, context)
    return cri.ContainerConfig(
        metadata=cri.ContainerMetadata(name=container['name']),
        image=cri.ImageSpec(image=container['image']),
        envs=[cri.KeyValue(key=row['name'], value=row['value'])
              for row in container.get('env', [])],
        mounts=mounts_of(spec, container, folder),
        log_path='log',
        linux=cri.LinuxContainerConfig(security_context=security))


def start(runtime, manifest, folder):
    config = sandbox_config(manifest, folder)
    sandbox = runtime.call('RunPodSandbox', cri.RunPodSandboxRequest(config=config),
                           cri.RunPodSandboxResponse).pod_sandbox_id
    print(sandbox, flush=True)
    container = runtime.call(
        'CreateContainer',
        cri.CreateContainerRequest(pod_sandbox_id=sandbox, sandbox_config=config,
                                   config=container_config(manifest, folder)),
        cri.CreateContainerResponse).container_id
    runtime.call('StartContainer', cri.ContainerRequest(container_id=container))
    print(container)


def status(runtime, container):
    answer = runtime.call('ContainerStatus',
                          cri.ContainerStatusRequest(container_id=container, verbose=True),
                          cri.ContainerStatusResponse)
    info = json.loads(answer.info.get('info', '{}'))
    return {'state': cri.ContainerState.Name(answer.status.state),
            'exit_code': answer.status.exit_code, 'pid': info.get('pid', 0)}


def execute(runtime, container, command, timeout):
    answer = runtime.call('ExecSync',
                          cri.ExecSyncRequest(container_id=container, cmd=command,
                                              timeout=timeout),
                          cri.ExecSyncResponse)
    sys.stdout.buffer.write(answer.stdout)
    sys.stderr.buffer.write(answer.stderr)
    return answer.exit_code


def probe(runtime, manifest, container, kind):
    check = manifest['spec']['containers'][0][kind]
    timeout = check.get('timeoutSeconds', 1)
    if 'exec' in check:
        return execute(runtime, container, check['exec']['command'], timeout)
    if 'httpGet' in check:
        url = 'http://127.0.0.1:%d%s' % (check['httpGet']['port'], check['httpGet']['path'])
        return subprocess.run(['curl', '--silent', '--fail', '--noproxy', '*', '--output',
                               '/dev/null', '--max-time', str(timeout), url],
                              check=False).returncode
    port = check['tcpSocket']['port']
    return subprocess.run(['bash', '-c', ': < /dev/tcp/127.0.0.1/%d' % port],
                          check=False, timeout=timeout).returncode


def stop(runtime, manifest, container):
    """The hook's time is part of the grace, and two seconds are left in any case."""
    began = time.monotonic()
    hook = manifest['spec']['containers'][0].get('lifecycle', {}).get('preStop')
    grace = manifest['spec'].get('terminationGracePeriodSeconds', 30)
    if hook and execute(runtime, container, hook['exec']['command'], grace) != 0:
        print('preStop failed', file=sys.stderr)
    left = max(2, int(grace - (time.monotonic() - began)))
    runtime.call('StopContainer',
                 cri.StopContainerRequest(container_id=container, timeout=left))
    return 0


def main(words):
    runtime = Runtime(words[1])
    command, rest = words[2], words[3:]
    manifest = {}
    if command in ('start', 'stop', 'probe'):
        with open(rest.pop(0), encoding='utf-8') as file:
            manifest = json.load(file)
    if command == 'start':
        return start(runtime, manifest, rest[0])
    if command == 'status':
        return print(json.dumps(status(runtime, rest[0])))
    if command == 'exec':
        return execute(runtime, rest[0], rest[1:], TIMEOUT)
    if command == 'probe':
        return probe(runtime, manifest, rest[0], rest[1])
    if command == 'stop':
        return stop(runtime, manifest, rest[0])
    if command == 'remove':
        runtime.call('StopPodSandbox', cri.PodSandboxRequest(pod_sandbox_id=rest[0]))
        runtime.call('RemovePodSandbox', cri.PodSandboxRequest(pod_sandbox_id=rest[0]))
        return 0
    raise SystemExit(__doc__)


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv))
    except grpc.RpcError as error:
        sys.exit('pod.py: ' + error.details())
