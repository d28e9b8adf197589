using Sonde.Interop;
using Sonde.Kernel;
using Sonde.Protocol;

namespace Sonde.Tracing.Probes;

/// <summary>The kernel's refusals in the contract's words.</summary>
internal static class ProbeErrors
{
    private const int EPERM = 1;
    private const int ENOENT = 2;
    private const int ENOMEM = 12;
    private const int EACCES = 13;
    private const int EINVAL = 22;
    private const int ESRCH = 3;

    // The kernel's own "not supported", which leaks to user space from trampolines.
    private const int ENOTSUPP = 524;
    private const int EOPNOTSUPP = 95;

    private const int EADDRNOTAVAIL = 99;

    public static ProgramError OnLoad(ProbePart part, int errno, LibBpfLog log)
    {
        var said = log.LastLines(6);
        return errno switch
        {
            EPERM when !KernelFeatures.CanTrace => NoPermission(part, errno),
            ENOMEM => Error(ErrorCodes.Internal, $"loading {part.Name} failed: {Errno.Name(errno)}: the kernel has no memory for its maps"),
            ESRCH or ENOENT => Error(ErrorCodes.NotTraceable, $"loading {part.Name} failed: {Errno.Name(errno)}: this kernel has no type information for it; {said}"),
            // An unknown helper, or a program type's unknown variant.
            EINVAL when part.Mechanism == Mechanism.KprobeMulti => Unsupported(part, errno),
            // Some kernels refuse trampolines with EPERM even to the most privileged.
            ENOTSUPP or EOPNOTSUPP or EPERM => Unsupported(part, errno),
            _ when IsVerifierLog(log.Text) => Error(ErrorCodes.VerifierRejected, $"loading {part.Name} failed: {Errno.Name(errno)}: the kernel's verifier said: {said}"),
            _ => Error(ErrorCodes.NotTraceable, $"loading {part.Name} failed: {Errno.Name(errno)}: {said}"),
        };
    }

    public static ProgramError OnAttach(ProbePart part, int errno) => errno switch
    {
        EPERM or EACCES when !KernelFeatures.CanTrace => NoPermission(part, errno),
        ENOTSUPP or EOPNOTSUPP => Unsupported(part, errno),
        ENOENT when part.Mechanism == Mechanism.Kprobe && !KernelFeatures.HasKprobes => Unsupported(part, errno),
        ENOENT or EINVAL => Error(ErrorCodes.NotTraceable, $"attaching {part.Name} failed: {Errno.Name(errno)}: this kernel lets nothing attach there"),
        EADDRNOTAVAIL => Error(ErrorCodes.NotTraceable, $"attaching {part.Name} failed: {Errno.Name(errno)}: several functions of this kernel have that name, so that it doesn't say which is meant: ask for their callers"),
        _ => Error(ErrorCodes.NotTraceable, $"attaching {part.Name} failed: {Errno.Name(errno)}"),
    };

    private static ProgramError NoPermission(ProbePart part, int errno) => Error(
        ErrorCodes.NoPermission,
        $"{part.Name} was refused: {Errno.Name(errno)}: run as root, or with CAP_BPF and CAP_PERFMON; `sonde check` names what is missing");

    private static ProgramError Unsupported(ProbePart part, int errno) => Error(
        ErrorCodes.UnsupportedByKernel,
        $"{part.Name} was refused: {Errno.Name(errno)}: this kernel " + part.Mechanism switch
        {
            Mechanism.Kprobe => "is built without kprobes",
            Mechanism.KprobeMulti => "can't attach one program to many functions",
            _ => "has no BPF trampolines on functions",
        });

    private static bool IsVerifierLog(string text) => text.Contains("BEGIN PROG LOAD LOG", StringComparison.Ordinal);

    private static ProgramError Error(string code, string message) => new() { Code = code, Message = message };
}
