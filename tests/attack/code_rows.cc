// New code: a second execve, and memory that becomes executable.
#include <csignal>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "attack.h"

namespace outis::attack {
namespace {

constexpr std::size_t kPage = 65536;  // of every kernel we run on
constexpr const char* kOnce = "drop once";
constexpr const char* kOnceAndMemory = "drop once deny-write-execute";
constexpr const char* kNoWriteExecute = "drop deny-write-execute";

constexpr const char* kNoExecute = "rule mmap prot != 0x12345";

char* const kArguments[]{const_cast<char*>(kProgram), const_cast<char*>("nothing"), nullptr};
char* const kEnvironment[]{nullptr};

int execute(const char* path)
{
    return call(SYS_execve, path, kArguments, kEnvironment);
}

int execute_descriptor(int fd)
{
    return fd < 0 ? kBroken : call(SYS_execveat, fd, "", kArguments, kEnvironment, AT_EMPTY_PATH);
}

// A copy of ourselves in `to`.
bool fill(int to)
{
    const int from = open(kProgram, O_RDONLY | O_CLOEXEC);
    if (from < 0 || to < 0)
        return false;
    char block[4096];
    for (ssize_t got = 0; (got = read(from, block, sizeof block)) != 0;) {
        if (got < 0 || write(to, block, static_cast<std::size_t>(got)) != got)
            return false;
    }
    close(from);
    return true;
}

// Where the kernel knows the flag: a memory file that may be executed.
int memory_file(int& fd)
{
    fd = static_cast<int>(syscall(SYS_memfd_create, "outis", 0));
    return fd < 0 ? errno : 0;
}

int execute_memory()
{
    int fd = -1;
    if (const int error = memory_file(fd); error != 0)
        return error;
    return fill(fd) ? execute_descriptor(fd) : kBroken;
}

int execute_memory_by_path()
{
    int fd = -1;
    if (const int error = memory_file(fd); error != 0)
        return error;
    if (!fill(fd))
        return kBroken;
    char path[] = "/proc/self/fd/00";
    path[sizeof path - 3] = static_cast<char>('0' + fd / 10);
    path[sizeof path - 2] = static_cast<char>('0' + fd % 10);
    if (fd < 10)
        std::strcpy(path + sizeof path - 3, path + sizeof path - 2);
    return execute(path);
}

int execute_copy()
{
    constexpr const char* kCopy = "/data/copy";
    const int fd = open(kCopy, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    if (!fill(fd) || close(fd) != 0)
        return kBroken;
    return execute(kCopy);
}

// What the dynamic loader does with a file that is only readable.
int load_file()
{
    char* const arguments[]{const_cast<char*>(kLoader), const_cast<char*>("load"),
                            const_cast<char*>("/data/file"), nullptr};
    return call(SYS_execve, kLoader, arguments, kEnvironment);
}

int map(int protection, int flags, int fd)
{
    return mmap(nullptr, kPage, protection, flags, fd, 0) == MAP_FAILED ? errno : 0;
}

int map_write_execute()
{
    return map(PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

int map_execute()
{
    return map(PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

int protect(long number)
{
    void* memory = mmap(nullptr, kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return kBroken;
    return call(number, memory, kPage, PROT_READ | PROT_EXEC, -1);
}

int map_memory_file()
{
    int fd = -1;
    if (const int error = memory_file(fd); error != 0)
        return error;
    return fill(fd) ? map(PROT_READ | PROT_EXEC, MAP_SHARED, fd) : kBroken;
}

int map_written_file(const char* path)
{
    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno;
    return fill(fd) ? map(PROT_READ | PROT_EXEC, MAP_PRIVATE, fd) : kBroken;
}

int attach_executable()
{
    const int id = shmget(IPC_PRIVATE, kPage, IPC_CREAT | 0700);
    if (id < 0)
        return errno;
    const int error = shmat(id, nullptr, SHM_EXEC) == reinterpret_cast<void*>(-1) ? errno : 0;
    shmctl(id, IPC_RMID, nullptr);
    return error;
}

// What the kernel writes into executable pages for whoever may open a process's memory for writing.
[[gnu::noinline]] int victim()
{
    asm volatile("");
    return 1;
}

#ifdef __x86_64__
constexpr unsigned char kReturn42[]{0xB8, 42, 0, 0, 0, 0xC3};
#else
constexpr unsigned char kReturn42[]{0x40, 0x05, 0x80, 0x52, 0xC0, 0x03, 0x5F, 0xD6};
#endif

int rewrite_code(const char* path)
{
    const int fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return errno;
    const auto place = reinterpret_cast<off_t>(&victim);
    if (pwrite(fd, kReturn42, sizeof kReturn42, place) != sizeof kReturn42)
        return errno;
    __builtin___clear_cache(reinterpret_cast<char*>(place),
                            reinterpret_cast<char*>(place) + sizeof kReturn42);
    return 0;
}

int rewrite_own_code(const char* path)
{
    if (const int error = rewrite_code(path); error != 0)
        return error;
    return victim() == 42 ? 0 : kNoEffect;
}

int rewrite_code_of_thread()
{
    char path[64];
    std::snprintf(path, sizeof path, "/proc/self/task/%ld/mem", syscall(SYS_gettid));
    return rewrite_own_code(path);
}

int rewrite_code_of_child()
{
    const pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    char path[64];
    std::snprintf(path, sizeof path, "/proc/%d/mem", child);
    const int answer = rewrite_code(path);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    return answer;
}

int poke_code_of_child()
{
    const pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    int answer = call(SYS_ptrace, PTRACE_ATTACH, child, 0, 0);
    if (answer == 0) {
        waitpid(child, nullptr, 0);
        answer = call(SYS_ptrace, PTRACE_POKETEXT, child, &victim, 0);
    }
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    return answer;
}

int map_sealed_memory_file()
{
    constexpr unsigned kNoExecSeal = 8;  // MFD_NOEXEC_SEAL, Linux 6.3; EINVAL before
    int fd = static_cast<int>(syscall(SYS_memfd_create, "outis", kNoExecSeal));
    if (fd < 0 && errno == EINVAL)
        fd = static_cast<int>(syscall(SYS_memfd_create, "outis", 0));
    if (fd < 0)
        return errno;
    return fill(fd) ? map(PROT_READ | PROT_EXEC, MAP_SHARED, fd) : kBroken;
}

constexpr Row kRows[]{
    {"second-execve", [] { return execute(kProgram); }, kOnce},
    {"execveat", [] { return call(SYS_execveat, AT_FDCWD, kProgram, kArguments, kEnvironment, 0); },
     kOnce},
    {"fexecve", [] { return execute_descriptor(open(kProgram, O_RDONLY | O_CLOEXEC)); }, kOnce},
    {"execveat-memfd", execute_memory, kOnceAndMemory},
    {"execve-memfd", execute_memory_by_path, kOnceAndMemory},
    {"execve-copy", execute_copy, "grant execute /data"},
    {"loader-on-readable-file", load_file, kOnce},
    {"mmap-write-execute", map_write_execute, kNoWriteExecute},
    {"mmap-execute", map_execute, kNoWriteExecute},
    {"mprotect-execute", [] { return protect(SYS_mprotect); }, kNoWriteExecute},
    {"pkey-mprotect-execute", [] { return protect(SYS_pkey_mprotect); }, kNoWriteExecute},
    {"memfd-map-execute", map_memory_file, kNoWriteExecute},
    {"shared-map-execute",
     [] { return map(PROT_READ | PROT_EXEC, MAP_SHARED | MAP_ANONYMOUS, -1); }, kNoWriteExecute},
    {"sealed-memfd-map-execute", map_sealed_memory_file, kNoWriteExecute},
    {"own-memory-code", [] { return rewrite_own_code("/proc/self/mem"); }, kNoWriteExecute},
    {"thread-memory-code", rewrite_code_of_thread, kNoWriteExecute},
    {"child-memory-code", rewrite_code_of_child, kNoWriteExecute},
    {"child-poke-code", poke_code_of_child, "- `service` refuses it besides"},
    {"shmat-execute", attach_executable, kNoWriteExecute},
    {"written-file-map-execute", [] { return map_written_file("/data/code"); }, kNoExecute},
    {"noexec-file-map-execute", [] { return map_written_file("/noexec/code"); },
     "- the mount is noexec"},
};

}  // namespace

std::span<const Row> code_rows()
{
    return kRows;
}

}  // namespace outis::attack
