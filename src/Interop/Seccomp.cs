using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Sonde.Interop;

/// <summary>One classic BPF instruction, <c>struct sock_filter</c>.</summary>
/// <param name="Code">Operation.</param>
/// <param name="IfTrue">Instructions to skip where a test holds.</param>
/// <param name="IfFalse">Instructions to skip where it doesn't.</param>
/// <param name="Operand">Constant, offset or verdict.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct FilterInstruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

/// <summary>Seccomp filters, and the supervision of the calls they hand over (seccomp_unotify(2)).</summary>
internal static unsafe partial class Seccomp
{
    private const long SetModeFilter = 1;
    private const long NewListener = 8; // SECCOMP_FILTER_FLAG_NEW_LISTENER, Linux 5.0
    private const nuint NotifyReceive = 0xc0502100;
    private const nuint NotifySend = 0xc0182101;
    private const nuint NotifyIdValid = 0x40082102;
    private const nuint NotifyAddDescriptor = 0x40182103; // Linux 5.9
    private const uint CloseOnExec = 0x80000; // O_CLOEXEC

    /// <summary>Puts a filter on the calling thread, for good. Needs no_new_privs.</summary>
    /// <param name="program">The filter.</param>
    /// <param name="listener">Where the calls that it hands over are received.</param>
    /// <returns>0 or an errno.</returns>
    public static int Install(ReadOnlySpan<FilterInstruction> program, out int listener)
    {
        fixed (FilterInstruction* first = program)
        {
            var description = new FilterProgram { Length = (ushort)program.Length, Instructions = first };
            listener = (int)seccomp((long)LinuxSyscall.Seccomp, SetModeFilter, NewListener, &description);
            return listener < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }

    /// <summary>Puts a further filter on the calling thread, one that hands nothing over.</summary>
    public static int Add(ReadOnlySpan<FilterInstruction> program)
    {
        fixed (FilterInstruction* first = program)
        {
            var description = new FilterProgram { Length = (ushort)program.Length, Instructions = first };
            return seccomp((long)LinuxSyscall.Seccomp, SetModeFilter, 0, &description) < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
    }

    /// <summary>Takes the next call that waits. False where its process is gone.</summary>
    public static bool Receive(SafeFileHandle listener, out SupervisedCall call)
    {
        // Larger than struct seccomp_notif of any kernel so far, and zero as it demands.
        var buffer = stackalloc ulong[32];
        new Span<ulong>(buffer, 32).Clear();
        if (ioctl(listener, NotifyReceive, buffer) != 0)
        {
            call = default;
            return false;
        }

        // struct seccomp_notif: id, pid, flags, then struct seccomp_data: nr, arch, instruction pointer, six arguments.
        call = new SupervisedCall(buffer[0], (int)(uint)buffer[1], (LinuxSyscall)(int)(uint)buffer[2], buffer[4], buffer[5], buffer[6], buffer[7], buffer[8]);
        return true;
    }

    /// <summary>Whether the call still waits: its process's memory, read before, was its own.</summary>
    public static bool IsWaiting(SafeFileHandle listener, SupervisedCall call)
    {
        var id = call.Id;
        return ioctl(listener, NotifyIdValid, &id) == 0;
    }

    /// <summary>Ends the call with 0 or an errno.</summary>
    public static void Answer(SafeFileHandle listener, SupervisedCall call, int errno) => Send(listener, call.Id, 0, errno);

    /// <summary>Ends the call with a descriptor of the caller's own, a copy of ours.</summary>
    public static void AnswerWith(SafeFileHandle listener, SupervisedCall call, SafeFileHandle descriptor, bool closeOnExec)
    {
        var request = new AddDescriptor
        {
            Id = call.Id,
            Source = (uint)descriptor.DangerousGetHandle(),
            DescriptorFlags = closeOnExec ? CloseOnExec : 0u,
        };
        var number = ioctl(listener, NotifyAddDescriptor, &request);
        if (number < 0)
        {
            Send(listener, call.Id, 0, Marshal.GetLastPInvokeError());
        }
        else
        {
            Send(listener, call.Id, number, 0);
        }
    }

    private static void Send(SafeFileHandle listener, ulong id, long value, int errno)
    {
        // An error means that the caller is gone.
        var response = new Response { Id = id, Value = value, Error = -errno };
        _ = ioctl(listener, NotifySend, &response);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long seccomp(long number, long operation, long flags, FilterProgram* program);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle descriptor, nuint request, void* argument);

    /// <summary><c>struct sock_fprog</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        public ushort Length;
        public FilterInstruction* Instructions;
    }

    /// <summary><c>struct seccomp_notif_resp</c>; its flags stay 0: a call is never continued.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Response
    {
        public ulong Id;
        public long Value;
        public int Error;
        public uint Flags;
    }

    /// <summary><c>struct seccomp_notif_addfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct AddDescriptor
    {
        public ulong Id;
        public uint Flags;
        public uint Source;
        public uint New;
        public uint DescriptorFlags;
    }
}

/// <summary>A system call that waits for its supervisor.</summary>
/// <param name="Id">The kernel's cookie.</param>
/// <param name="Thread">Who calls, as the supervisor's pid namespace numbers it.</param>
/// <param name="Number">Which call.</param>
/// <param name="Argument0">Its arguments.</param>
/// <param name="Argument1">Likewise.</param>
/// <param name="Argument2">Likewise.</param>
/// <param name="Argument3">Likewise.</param>
/// <param name="Argument4">Likewise.</param>
internal readonly record struct SupervisedCall(
    ulong Id, int Thread, LinuxSyscall Number, ulong Argument0, ulong Argument1, ulong Argument2, ulong Argument3, ulong Argument4);
