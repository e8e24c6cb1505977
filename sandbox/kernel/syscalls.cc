#include "sandbox/kernel/syscalls.h"

#include <algorithm>

namespace outis::sandbox {
namespace {

constexpr std::int32_t X = kNoNumber;

// Columns: x86_64, x32 (without its bit), i386, aarch64, arm. X where an ABI lacks the call.
// Source: the system call tables of Linux 7.1 (arch/x86/entry/syscalls/syscall_64.tbl and
// syscall_32.tbl, scripts/syscall.tbl, arch/arm/tools/syscall.tbl); arm's private calls from
// arch/arm/include/uapi/asm/unistd.h.
// clang-format off
constexpr std::array kSyscalls = std::to_array<Syscall>({
    {"_llseek", {X, X, 140, X, 140}}, {"_newselect", {X, X, 142, X, 142}},
    {"_sysctl", {156, X, 149, X, 149}}, {"accept", {43, 43, X, 202, 285}},
    {"accept4", {288, 288, 364, 242, 366}}, {"access", {21, 21, 33, X, 33}},
    {"acct", {163, 163, 51, 89, 51}}, {"add_key", {248, 248, 286, 217, 309}},
    {"adjtimex", {159, 159, 124, 171, 124}}, {"afs_syscall", {183, 183, 137, X, X}},
    {"alarm", {37, 37, 27, X, X}}, {"arch_prctl", {158, 158, 384, X, X}},
    {"arm_fadvise64_64", {X, X, X, X, 270}}, {"arm_sync_file_range", {X, X, X, X, 341}},
    {"bdflush", {X, X, 134, X, 134}}, {"bind", {49, 49, 361, 200, 282}},
    {"bpf", {321, 321, 357, 280, 386}}, {"break", {X, X, 17, X, X}},
    {"breakpoint", {X, X, X, X, 0xF0001}}, {"brk", {12, 12, 45, 214, 45}},
    {"cacheflush", {X, X, X, X, 0xF0002}}, {"cachestat", {451, 451, 451, 451, 451}},
    {"capget", {125, 125, 184, 90, 184}}, {"capset", {126, 126, 185, 91, 185}},
    {"chdir", {80, 80, 12, 49, 12}}, {"chmod", {90, 90, 15, X, 15}},
    {"chown", {92, 92, 182, X, 182}}, {"chown32", {X, X, 212, X, 212}},
    {"chroot", {161, 161, 61, 51, 61}}, {"clock_adjtime", {305, 305, 343, 266, 372}},
    {"clock_adjtime64", {X, X, 405, X, 405}}, {"clock_getres", {229, 229, 266, 114, 264}},
    {"clock_getres_time64", {X, X, 406, X, 406}}, {"clock_gettime", {228, 228, 265, 113, 263}},
    {"clock_gettime64", {X, X, 403, X, 403}}, {"clock_nanosleep", {230, 230, 267, 115, 265}},
    {"clock_nanosleep_time64", {X, X, 407, X, 407}}, {"clock_settime", {227, 227, 264, 112, 262}},
    {"clock_settime64", {X, X, 404, X, 404}}, {"clone", {56, 56, 120, 220, 120}},
    {"clone3", {435, 435, 435, 435, 435}}, {"close", {3, 3, 6, 57, 6}},
    {"close_range", {436, 436, 436, 436, 436}}, {"connect", {42, 42, 362, 203, 283}},
    {"copy_file_range", {326, 326, 377, 285, 391}}, {"creat", {85, 85, 8, X, 8}},
    {"create_module", {174, X, 127, X, X}}, {"delete_module", {176, 176, 129, 106, 129}},
    {"dup", {32, 32, 41, 23, 41}}, {"dup2", {33, 33, 63, X, 63}},
    {"dup3", {292, 292, 330, 24, 358}}, {"epoll_create", {213, 213, 254, X, 250}},
    {"epoll_create1", {291, 291, 329, 20, 357}}, {"epoll_ctl", {233, 233, 255, 21, 251}},
    {"epoll_ctl_old", {214, X, X, X, X}}, {"epoll_pwait", {281, 281, 319, 22, 346}},
    {"epoll_pwait2", {441, 441, 441, 441, 441}}, {"epoll_wait", {232, 232, 256, X, 252}},
    {"epoll_wait_old", {215, X, X, X, X}}, {"eventfd", {284, 284, 323, X, 351}},
    {"eventfd2", {290, 290, 328, 19, 356}}, {"execve", {59, 520, 11, 221, 11}},
    {"execveat", {322, 545, 358, 281, 387}}, {"exit", {60, 60, 1, 93, 1}},
    {"exit_group", {231, 231, 252, 94, 248}}, {"faccessat", {269, 269, 307, 48, 334}},
    {"faccessat2", {439, 439, 439, 439, 439}}, {"fadvise64", {221, 221, 250, 223, X}},
    {"fadvise64_64", {X, X, 272, X, X}}, {"fallocate", {285, 285, 324, 47, 352}},
    {"fanotify_init", {300, 300, 338, 262, 367}}, {"fanotify_mark", {301, 301, 339, 263, 368}},
    {"fchdir", {81, 81, 133, 50, 133}}, {"fchmod", {91, 91, 94, 52, 94}},
    {"fchmodat", {268, 268, 306, 53, 333}}, {"fchmodat2", {452, 452, 452, 452, 452}},
    {"fchown", {93, 93, 95, 55, 95}}, {"fchown32", {X, X, 207, X, 207}},
    {"fchownat", {260, 260, 298, 54, 325}}, {"fcntl", {72, 72, 55, 25, 55}},
    {"fcntl64", {X, X, 221, X, 221}}, {"fdatasync", {75, 75, 148, 83, 148}},
    {"fgetxattr", {193, 193, 231, 10, 231}}, {"file_getattr", {468, 468, 468, 468, 468}},
    {"file_setattr", {469, 469, 469, 469, 469}}, {"finit_module", {313, 313, 350, 273, 379}},
    {"flistxattr", {196, 196, 234, 13, 234}}, {"flock", {73, 73, 143, 32, 143}},
    {"fork", {57, 57, 2, X, 2}}, {"fremovexattr", {199, 199, 237, 16, 237}},
    {"fsconfig", {431, 431, 431, 431, 431}}, {"fsetxattr", {190, 190, 228, 7, 228}},
    {"fsmount", {432, 432, 432, 432, 432}}, {"fsopen", {430, 430, 430, 430, 430}},
    {"fspick", {433, 433, 433, 433, 433}}, {"fstat", {5, 5, 108, 80, 108}},
    {"fstat64", {X, X, 197, X, 197}}, {"fstatat64", {X, X, 300, X, 327}},
    {"fstatfs", {138, 138, 100, 44, 100}}, {"fstatfs64", {X, X, 269, X, 267}},
    {"fsync", {74, 74, 118, 82, 118}}, {"ftime", {X, X, 35, X, X}},
    {"ftruncate", {77, 77, 93, 46, 93}}, {"ftruncate64", {X, X, 194, X, 194}},
    {"futex", {202, 202, 240, 98, 240}}, {"futex_requeue", {456, 456, 456, 456, 456}},
    {"futex_time64", {X, X, 422, X, 422}}, {"futex_wait", {455, 455, 455, 455, 455}},
    {"futex_waitv", {449, 449, 449, 449, 449}}, {"futex_wake", {454, 454, 454, 454, 454}},
    {"futimesat", {261, 261, 299, X, 326}}, {"get_kernel_syms", {177, X, 130, X, X}},
    {"get_mempolicy", {239, 239, 275, 236, 320}}, {"get_robust_list", {274, 531, 312, 100, 339}},
    {"get_thread_area", {211, X, 244, X, X}}, {"get_tls", {X, X, X, X, 0xF0006}},
    {"getcpu", {309, 309, 318, 168, 345}}, {"getcwd", {79, 79, 183, 17, 183}},
    {"getdents", {78, 78, 141, X, 141}}, {"getdents64", {217, 217, 220, 61, 217}},
    {"getegid", {108, 108, 50, 177, 50}}, {"getegid32", {X, X, 202, X, 202}},
    {"geteuid", {107, 107, 49, 175, 49}}, {"geteuid32", {X, X, 201, X, 201}},
    {"getgid", {104, 104, 47, 176, 47}}, {"getgid32", {X, X, 200, X, 200}},
    {"getgroups", {115, 115, 80, 158, 80}}, {"getgroups32", {X, X, 205, X, 205}},
    {"getitimer", {36, 36, 105, 102, 105}}, {"getpeername", {52, 52, 368, 205, 287}},
    {"getpgid", {121, 121, 132, 155, 132}}, {"getpgrp", {111, 111, 65, X, 65}},
    {"getpid", {39, 39, 20, 172, 20}}, {"getpmsg", {181, 181, 188, X, X}},
    {"getppid", {110, 110, 64, 173, 64}}, {"getpriority", {140, 140, 96, 141, 96}},
    {"getrandom", {318, 318, 355, 278, 384}}, {"getresgid", {120, 120, 171, 150, 171}},
    {"getresgid32", {X, X, 211, X, 211}}, {"getresuid", {118, 118, 165, 148, 165}},
    {"getresuid32", {X, X, 209, X, 209}}, {"getrlimit", {97, 97, 76, 163, X}},
    {"getrusage", {98, 98, 77, 165, 77}}, {"getsid", {124, 124, 147, 156, 147}},
    {"getsockname", {51, 51, 367, 204, 286}}, {"getsockopt", {55, 542, 365, 209, 295}},
    {"gettid", {186, 186, 224, 178, 224}}, {"gettimeofday", {96, 96, 78, 169, 78}},
    {"getuid", {102, 102, 24, 174, 24}}, {"getuid32", {X, X, 199, X, 199}},
    {"getxattr", {191, 191, 229, 8, 229}}, {"getxattrat", {464, 464, 464, 464, 464}},
    {"gtty", {X, X, 32, X, X}}, {"idle", {X, X, 112, X, X}},
    {"init_module", {175, 175, 128, 105, 128}}, {"inotify_add_watch", {254, 254, 292, 27, 317}},
    {"inotify_init", {253, 253, 291, X, 316}}, {"inotify_init1", {294, 294, 332, 26, 360}},
    {"inotify_rm_watch", {255, 255, 293, 28, 318}}, {"io_cancel", {210, 210, 249, 3, 247}},
    {"io_destroy", {207, 207, 246, 1, 244}}, {"io_getevents", {208, 208, 247, 4, 245}},
    {"io_pgetevents", {333, 333, 385, 292, 399}}, {"io_pgetevents_time64", {X, X, 416, X, 416}},
    {"io_setup", {206, 543, 245, 0, 243}}, {"io_submit", {209, 544, 248, 2, 246}},
    {"io_uring_enter", {426, 426, 426, 426, 426}}, {"io_uring_register", {427, 427, 427, 427, 427}},
    {"io_uring_setup", {425, 425, 425, 425, 425}}, {"ioctl", {16, 514, 54, 29, 54}},
    {"ioperm", {173, 173, 101, X, X}}, {"iopl", {172, 172, 110, X, X}},
    {"ioprio_get", {252, 252, 290, 31, 315}}, {"ioprio_set", {251, 251, 289, 30, 314}},
    {"ipc", {X, X, 117, X, X}}, {"kcmp", {312, 312, 349, 272, 378}},
    {"kexec_file_load", {320, 320, X, 294, 401}}, {"kexec_load", {246, 528, 283, 104, 347}},
    {"keyctl", {250, 250, 288, 219, 311}}, {"kill", {62, 62, 37, 129, 37}},
    {"landlock_add_rule", {445, 445, 445, 445, 445}},
    {"landlock_create_ruleset", {444, 444, 444, 444, 444}},
    {"landlock_restrict_self", {446, 446, 446, 446, 446}}, {"lchown", {94, 94, 16, X, 16}},
    {"lchown32", {X, X, 198, X, 198}}, {"lgetxattr", {192, 192, 230, 9, 230}},
    {"link", {86, 86, 9, X, 9}}, {"linkat", {265, 265, 303, 37, 330}},
    {"listen", {50, 50, 363, 201, 284}}, {"listmount", {458, 458, 458, 458, 458}},
    {"listns", {470, 470, 470, 470, 470}}, {"listxattr", {194, 194, 232, 11, 232}},
    {"listxattrat", {465, 465, 465, 465, 465}}, {"llistxattr", {195, 195, 233, 12, 233}},
    {"lock", {X, X, 53, X, X}}, {"lookup_dcookie", {212, 212, 253, 18, 249}},
    {"lremovexattr", {198, 198, 236, 15, 236}}, {"lseek", {8, 8, 19, 62, 19}},
    {"lsetxattr", {189, 189, 227, 6, 227}}, {"lsm_get_self_attr", {459, 459, 459, 459, 459}},
    {"lsm_list_modules", {461, 461, 461, 461, 461}},
    {"lsm_set_self_attr", {460, 460, 460, 460, 460}}, {"lstat", {6, 6, 107, X, 107}},
    {"lstat64", {X, X, 196, X, 196}}, {"madvise", {28, 28, 219, 233, 220}},
    {"map_shadow_stack", {453, 453, 453, 453, 453}}, {"mbind", {237, 237, 274, 235, 319}},
    {"membarrier", {324, 324, 375, 283, 389}}, {"memfd_create", {319, 319, 356, 279, 385}},
    {"memfd_secret", {447, 447, 447, 447, X}}, {"migrate_pages", {256, 256, 294, 238, 400}},
    {"mincore", {27, 27, 218, 232, 219}}, {"mkdir", {83, 83, 39, X, 39}},
    {"mkdirat", {258, 258, 296, 34, 323}}, {"mknod", {133, 133, 14, X, 14}},
    {"mknodat", {259, 259, 297, 33, 324}}, {"mlock", {149, 149, 150, 228, 150}},
    {"mlock2", {325, 325, 376, 284, 390}}, {"mlockall", {151, 151, 152, 230, 152}},
    {"mmap", {9, 9, 90, 222, X}}, {"mmap2", {X, X, 192, X, 192}},
    {"modify_ldt", {154, 154, 123, X, X}}, {"mount", {165, 165, 21, 40, 21}},
    {"mount_setattr", {442, 442, 442, 442, 442}}, {"move_mount", {429, 429, 429, 429, 429}},
    {"move_pages", {279, 533, 317, 239, 344}}, {"mprotect", {10, 10, 125, 226, 125}},
    {"mpx", {X, X, 56, X, X}}, {"mq_getsetattr", {245, 245, 282, 185, 279}},
    {"mq_notify", {244, 527, 281, 184, 278}}, {"mq_open", {240, 240, 277, 180, 274}},
    {"mq_timedreceive", {243, 243, 280, 183, 277}}, {"mq_timedreceive_time64", {X, X, 419, X, 419}},
    {"mq_timedsend", {242, 242, 279, 182, 276}}, {"mq_timedsend_time64", {X, X, 418, X, 418}},
    {"mq_unlink", {241, 241, 278, 181, 275}}, {"mremap", {25, 25, 163, 216, 163}},
    {"mseal", {462, 462, 462, 462, 462}}, {"msgctl", {71, 71, 402, 187, 304}},
    {"msgget", {68, 68, 399, 186, 303}}, {"msgrcv", {70, 70, 401, 188, 302}},
    {"msgsnd", {69, 69, 400, 189, 301}}, {"msync", {26, 26, 144, 227, 144}},
    {"munlock", {150, 150, 151, 229, 151}}, {"munlockall", {152, 152, 153, 231, 153}},
    {"munmap", {11, 11, 91, 215, 91}}, {"name_to_handle_at", {303, 303, 341, 264, 370}},
    {"nanosleep", {35, 35, 162, 101, 162}}, {"newfstatat", {262, 262, X, 79, X}},
    {"nfsservctl", {180, X, 169, 42, 169}}, {"nice", {X, X, 34, X, 34}},
    {"oldfstat", {X, X, 28, X, X}}, {"oldlstat", {X, X, 84, X, X}},
    {"oldolduname", {X, X, 59, X, X}}, {"oldstat", {X, X, 18, X, X}},
    {"olduname", {X, X, 109, X, X}}, {"open", {2, 2, 5, X, 5}},
    {"open_by_handle_at", {304, 304, 342, 265, 371}}, {"open_tree", {428, 428, 428, 428, 428}},
    {"open_tree_attr", {467, 467, 467, 467, 467}}, {"openat", {257, 257, 295, 56, 322}},
    {"openat2", {437, 437, 437, 437, 437}}, {"pause", {34, 34, 29, X, 29}},
    {"pciconfig_iobase", {X, X, X, X, 271}}, {"pciconfig_read", {X, X, X, X, 272}},
    {"pciconfig_write", {X, X, X, X, 273}}, {"perf_event_open", {298, 298, 336, 241, 364}},
    {"personality", {135, 135, 136, 92, 136}}, {"pidfd_getfd", {438, 438, 438, 438, 438}},
    {"pidfd_open", {434, 434, 434, 434, 434}}, {"pidfd_send_signal", {424, 424, 424, 424, 424}},
    {"pipe", {22, 22, 42, X, 42}}, {"pipe2", {293, 293, 331, 59, 359}},
    {"pivot_root", {155, 155, 217, 41, 218}}, {"pkey_alloc", {330, 330, 381, 289, 395}},
    {"pkey_free", {331, 331, 382, 290, 396}}, {"pkey_mprotect", {329, 329, 380, 288, 394}},
    {"poll", {7, 7, 168, X, 168}}, {"ppoll", {271, 271, 309, 73, 336}},
    {"ppoll_time64", {X, X, 414, X, 414}}, {"prctl", {157, 157, 172, 167, 172}},
    {"pread64", {17, 17, 180, 67, 180}}, {"preadv", {295, 534, 333, 69, 361}},
    {"preadv2", {327, 546, 378, 286, 392}}, {"prlimit64", {302, 302, 340, 261, 369}},
    {"process_madvise", {440, 440, 440, 440, 440}}, {"process_mrelease", {448, 448, 448, 448, 448}},
    {"process_vm_readv", {310, 539, 347, 270, 376}},
    {"process_vm_writev", {311, 540, 348, 271, 377}}, {"prof", {X, X, 44, X, X}},
    {"profil", {X, X, 98, X, X}}, {"pselect6", {270, 270, 308, 72, 335}},
    {"pselect6_time64", {X, X, 413, X, 413}}, {"ptrace", {101, 521, 26, 117, 26}},
    {"putpmsg", {182, 182, 189, X, X}}, {"pwrite64", {18, 18, 181, 68, 181}},
    {"pwritev", {296, 535, 334, 70, 362}}, {"pwritev2", {328, 547, 379, 287, 393}},
    {"query_module", {178, X, 167, X, X}}, {"quotactl", {179, 179, 131, 60, 131}},
    {"quotactl_fd", {443, 443, 443, 443, 443}}, {"read", {0, 0, 3, 63, 3}},
    {"readahead", {187, 187, 225, 213, 225}}, {"readdir", {X, X, 89, X, X}},
    {"readlink", {89, 89, 85, X, 85}}, {"readlinkat", {267, 267, 305, 78, 332}},
    {"readv", {19, 515, 145, 65, 145}}, {"reboot", {169, 169, 88, 142, 88}},
    {"recv", {X, X, X, X, 291}}, {"recvfrom", {45, 517, 371, 207, 292}},
    {"recvmmsg", {299, 537, 337, 243, 365}}, {"recvmmsg_time64", {X, X, 417, X, 417}},
    {"recvmsg", {47, 519, 372, 212, 297}}, {"remap_file_pages", {216, 216, 257, 234, 253}},
    {"removexattr", {197, 197, 235, 14, 235}}, {"removexattrat", {466, 466, 466, 466, 466}},
    {"rename", {82, 82, 38, X, 38}}, {"renameat", {264, 264, 302, 38, 329}},
    {"renameat2", {316, 316, 353, 276, 382}}, {"request_key", {249, 249, 287, 218, 310}},
    {"restart_syscall", {219, 219, 0, 128, 0}}, {"rmdir", {84, 84, 40, X, 40}},
    {"rseq", {334, 334, 386, 293, 398}}, {"rseq_slice_yield", {471, 471, 471, 471, 471}},
    {"rt_sigaction", {13, 512, 174, 134, 174}}, {"rt_sigpending", {127, 522, 176, 136, 176}},
    {"rt_sigprocmask", {14, 14, 175, 135, 175}}, {"rt_sigqueueinfo", {129, 524, 178, 138, 178}},
    {"rt_sigreturn", {15, 513, 173, 139, 173}}, {"rt_sigsuspend", {130, 130, 179, 133, 179}},
    {"rt_sigtimedwait", {128, 523, 177, 137, 177}}, {"rt_sigtimedwait_time64", {X, X, 421, X, 421}},
    {"rt_tgsigqueueinfo", {297, 536, 335, 240, 363}},
    {"sched_get_priority_max", {146, 146, 159, 125, 159}},
    {"sched_get_priority_min", {147, 147, 160, 126, 160}},
    {"sched_getaffinity", {204, 204, 242, 123, 242}}, {"sched_getattr", {315, 315, 352, 275, 381}},
    {"sched_getparam", {143, 143, 155, 121, 155}},
    {"sched_getscheduler", {145, 145, 157, 120, 157}},
    {"sched_rr_get_interval", {148, 148, 161, 127, 161}},
    {"sched_rr_get_interval_time64", {X, X, 423, X, 423}},
    {"sched_setaffinity", {203, 203, 241, 122, 241}}, {"sched_setattr", {314, 314, 351, 274, 380}},
    {"sched_setparam", {142, 142, 154, 118, 154}},
    {"sched_setscheduler", {144, 144, 156, 119, 156}}, {"sched_yield", {24, 24, 158, 124, 158}},
    {"seccomp", {317, 317, 354, 277, 383}}, {"security", {185, 185, X, X, X}},
    {"select", {23, 23, 82, X, X}}, {"semctl", {66, 66, 394, 191, 300}},
    {"semget", {64, 64, 393, 190, 299}}, {"semop", {65, 65, X, 193, 298}},
    {"semtimedop", {220, 220, X, 192, 312}}, {"semtimedop_time64", {X, X, 420, X, 420}},
    {"send", {X, X, X, X, 289}}, {"sendfile", {40, 40, 187, 71, 187}},
    {"sendfile64", {X, X, 239, X, 239}}, {"sendmmsg", {307, 538, 345, 269, 374}},
    {"sendmsg", {46, 518, 370, 211, 296}}, {"sendto", {44, 44, 369, 206, 290}},
    {"set_mempolicy", {238, 238, 276, 237, 321}},
    {"set_mempolicy_home_node", {450, 450, 450, 450, 450}},
    {"set_robust_list", {273, 530, 311, 99, 338}}, {"set_thread_area", {205, X, 243, X, X}},
    {"set_tid_address", {218, 218, 258, 96, 256}}, {"set_tls", {X, X, X, X, 0xF0005}},
    {"setdomainname", {171, 171, 121, 162, 121}}, {"setfsgid", {123, 123, 139, 152, 139}},
    {"setfsgid32", {X, X, 216, X, 216}}, {"setfsuid", {122, 122, 138, 151, 138}},
    {"setfsuid32", {X, X, 215, X, 215}}, {"setgid", {106, 106, 46, 144, 46}},
    {"setgid32", {X, X, 214, X, 214}}, {"setgroups", {116, 116, 81, 159, 81}},
    {"setgroups32", {X, X, 206, X, 206}}, {"sethostname", {170, 170, 74, 161, 74}},
    {"setitimer", {38, 38, 104, 103, 104}}, {"setns", {308, 308, 346, 268, 375}},
    {"setpgid", {109, 109, 57, 154, 57}}, {"setpriority", {141, 141, 97, 140, 97}},
    {"setregid", {114, 114, 71, 143, 71}}, {"setregid32", {X, X, 204, X, 204}},
    {"setresgid", {119, 119, 170, 149, 170}}, {"setresgid32", {X, X, 210, X, 210}},
    {"setresuid", {117, 117, 164, 147, 164}}, {"setresuid32", {X, X, 208, X, 208}},
    {"setreuid", {113, 113, 70, 145, 70}}, {"setreuid32", {X, X, 203, X, 203}},
    {"setrlimit", {160, 160, 75, 164, 75}}, {"setsid", {112, 112, 66, 157, 66}},
    {"setsockopt", {54, 541, 366, 208, 294}}, {"settimeofday", {164, 164, 79, 170, 79}},
    {"setuid", {105, 105, 23, 146, 23}}, {"setuid32", {X, X, 213, X, 213}},
    {"setxattr", {188, 188, 226, 5, 226}}, {"setxattrat", {463, 463, 463, 463, 463}},
    {"sgetmask", {X, X, 68, X, X}}, {"shmat", {30, 30, 397, 196, 305}},
    {"shmctl", {31, 31, 396, 195, 308}}, {"shmdt", {67, 67, 398, 197, 306}},
    {"shmget", {29, 29, 395, 194, 307}}, {"shutdown", {48, 48, 373, 210, 293}},
    {"sigaction", {X, X, 67, X, 67}}, {"sigaltstack", {131, 525, 186, 132, 186}},
    {"signal", {X, X, 48, X, X}}, {"signalfd", {282, 282, 321, X, 349}},
    {"signalfd4", {289, 289, 327, 74, 355}}, {"sigpending", {X, X, 73, X, 73}},
    {"sigprocmask", {X, X, 126, X, 126}}, {"sigreturn", {X, X, 119, X, 119}},
    {"sigsuspend", {X, X, 72, X, 72}}, {"socket", {41, 41, 359, 198, 281}},
    {"socketcall", {X, X, 102, X, X}}, {"socketpair", {53, 53, 360, 199, 288}},
    {"splice", {275, 275, 313, 76, 340}}, {"ssetmask", {X, X, 69, X, X}},
    {"stat", {4, 4, 106, X, 106}}, {"stat64", {X, X, 195, X, 195}},
    {"statfs", {137, 137, 99, 43, 99}}, {"statfs64", {X, X, 268, X, 266}},
    {"statmount", {457, 457, 457, 457, 457}}, {"statx", {332, 332, 383, 291, 397}},
    {"stime", {X, X, 25, X, X}}, {"stty", {X, X, 31, X, X}}, {"swapoff", {168, 168, 115, 225, 115}},
    {"swapon", {167, 167, 87, 224, 87}}, {"symlink", {88, 88, 83, X, 83}},
    {"symlinkat", {266, 266, 304, 36, 331}}, {"sync", {162, 162, 36, 81, 36}},
    {"sync_file_range", {277, 277, 314, 84, X}}, {"syncfs", {306, 306, 344, 267, 373}},
    {"sysfs", {139, 139, 135, X, 135}}, {"sysinfo", {99, 99, 116, 179, 116}},
    {"syslog", {103, 103, 103, 116, 103}}, {"tee", {276, 276, 315, 77, 342}},
    {"tgkill", {234, 234, 270, 131, 268}}, {"time", {201, 201, 13, X, X}},
    {"timer_create", {222, 526, 259, 107, 257}}, {"timer_delete", {226, 226, 263, 111, 261}},
    {"timer_getoverrun", {225, 225, 262, 109, 260}}, {"timer_gettime", {224, 224, 261, 108, 259}},
    {"timer_gettime64", {X, X, 408, X, 408}}, {"timer_settime", {223, 223, 260, 110, 258}},
    {"timer_settime64", {X, X, 409, X, 409}}, {"timerfd_create", {283, 283, 322, 85, 350}},
    {"timerfd_gettime", {287, 287, 326, 87, 354}}, {"timerfd_gettime64", {X, X, 410, X, 410}},
    {"timerfd_settime", {286, 286, 325, 86, 353}}, {"timerfd_settime64", {X, X, 411, X, 411}},
    {"times", {100, 100, 43, 153, 43}}, {"tkill", {200, 200, 238, 130, 238}},
    {"truncate", {76, 76, 92, 45, 92}}, {"truncate64", {X, X, 193, X, 193}},
    {"tuxcall", {184, 184, X, X, X}}, {"ugetrlimit", {X, X, 191, X, 191}},
    {"ulimit", {X, X, 58, X, X}}, {"umask", {95, 95, 60, 166, 60}}, {"umount", {X, X, 22, X, X}},
    {"umount2", {166, 166, 52, 39, 52}}, {"uname", {63, 63, 122, 160, 122}},
    {"unlink", {87, 87, 10, X, 10}}, {"unlinkat", {263, 263, 301, 35, 328}},
    {"unshare", {272, 272, 310, 97, 337}}, {"uprobe", {336, 336, X, X, X}},
    {"uretprobe", {335, 335, X, X, X}}, {"uselib", {134, X, 86, X, 86}},
    {"userfaultfd", {323, 323, 374, 282, 388}}, {"usr26", {X, X, X, X, 0xF0003}},
    {"usr32", {X, X, X, X, 0xF0004}}, {"ustat", {136, 136, 62, X, 62}},
    {"utime", {132, 132, 30, X, X}}, {"utimensat", {280, 280, 320, 88, 348}},
    {"utimensat_time64", {X, X, 412, X, 412}}, {"utimes", {235, 235, 271, X, 269}},
    {"vfork", {58, 58, 190, X, 190}}, {"vhangup", {153, 153, 111, 58, 111}},
    {"vm86", {X, X, 166, X, X}}, {"vm86old", {X, X, 113, X, X}},
    {"vmsplice", {278, 532, 316, 75, 343}}, {"vserver", {236, X, 273, X, 313}},
    {"wait4", {61, 61, 114, 260, 114}}, {"waitid", {247, 529, 284, 95, 280}},
    {"waitpid", {X, X, 7, X, X}}, {"write", {1, 1, 4, 64, 4}}, {"writev", {20, 516, 146, 66, 146}},
});
// clang-format on

static_assert(std::ranges::is_sorted(kSyscalls, {}, &Syscall::name));

// Calls that libcs and runtimes try first and replace by an older one when the answer is ENOSYS;
// EPERM would make them give up. Sources: glibc and musl (fallbacks of clone3, faccessat2,
// fchmodat2, statx, *_time64, ...), Go's runtime, liburing, libuv; kernel manual pages.
// clang-format off
constexpr std::array kReplaceable = std::to_array<std::string_view>({
    "cachestat", "clock_getres_time64", "clock_gettime64", "clock_nanosleep_time64", "clone3",
    "close_range", "copy_file_range", "epoll_pwait2", "faccessat2", "fchmodat2", "file_getattr",
    "file_setattr", "futex_requeue", "futex_time64", "futex_wait", "futex_waitv", "futex_wake",
    "getxattrat", "io_pgetevents_time64", "io_uring_enter", "io_uring_register", "io_uring_setup",
    "listmount", "listns", "listxattrat", "map_shadow_stack", "membarrier", "memfd_secret",
    "mq_timedreceive_time64", "mq_timedsend_time64", "mseal", "openat2", "pidfd_getfd",
    "pidfd_open", "ppoll_time64", "preadv2", "process_madvise", "pselect6_time64", "pwritev2",
    "recvmmsg_time64", "removexattrat", "rseq", "rseq_slice_yield", "rt_sigtimedwait_time64",
    "sched_rr_get_interval_time64", "semtimedop_time64", "set_mempolicy_home_node", "setxattrat",
    "statmount", "statx", "timer_gettime64", "timer_settime64", "timerfd_gettime64",
    "timerfd_settime64", "uretprobe", "utimensat_time64",
});
// clang-format on

static_assert(std::ranges::is_sorted(kReplaceable));

}  // namespace

std::span<const Syscall> syscalls() noexcept
{
    return kSyscalls;
}

const Syscall* find_syscall(std::string_view name) noexcept
{
    const auto* found = std::ranges::lower_bound(kSyscalls, name, {}, &Syscall::name);
    return found != kSyscalls.end() && found->name == name ? found : nullptr;
}

std::optional<std::uint32_t> number_on(const Syscall& call, Abi abi) noexcept
{
    const std::int32_t number = call.numbers[static_cast<std::size_t>(abi)];
    if (number == kNoNumber)
        return std::nullopt;
    const std::uint32_t bit = abi == Abi::x32 ? kX32Bit : 0;
    return static_cast<std::uint32_t>(number) | bit;
}

bool is_replaceable(std::string_view name) noexcept
{
    return std::ranges::binary_search(kReplaceable, name);
}

bool makes_sockets(std::string_view name) noexcept
{
    return name == "socket" || name == "socketpair";
}

bool is_indispensable(std::string_view name) noexcept
{
    return name == "execve" || name == "exit_group" || name == "restart_syscall" ||
           name == "rt_sigreturn" || name == "sigreturn";
}

}  // namespace outis::sandbox
