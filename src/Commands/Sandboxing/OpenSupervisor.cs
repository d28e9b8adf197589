using System.Text;
using Microsoft.Win32.SafeHandles;
using Sonde.Interop;

namespace Sonde.Commands.Sandboxing;

/// <summary>
/// Answers a confined program's opens for writing, changes of names and exclusive locks. Opens <c>/dev/null</c>, what lies beneath the scratch folder, and the program's own
/// descriptors under their names in /dev and /proc, itself, and hands the descriptor over; everything else is on a read-only file system. No call is
/// ever let through as it is: what it points to could have changed since it was read.
/// </summary>
internal sealed class OpenSupervisor : IDisposable
{
    private const int LongestPath = 4096; // PATH_MAX
    private const int WorkingDirectory = -100; // AT_FDCWD
    private const int CloseOnExec = 0x80000; // O_CLOEXEC
    private const int RemoveDirectory = 0x200; // AT_REMOVEDIR
    private const int CreateAndTruncate = 0x1 | 0x40 | 0x200; // creat(2): O_WRONLY | O_CREAT | O_TRUNC

    private readonly FolderBeneath? _scratch;
    private readonly string? _scratchPath;
    private readonly byte[] _buffer = new byte[LongestPath];

    /// <param name="listener">Owned from here on.</param>
    /// <param name="scratch">The scratch folder; owned from here on.</param>
    /// <param name="scratchPath">As the program names it.</param>
    public OpenSupervisor(SafeFileHandle listener, SafeFileHandle? scratch, string? scratchPath)
    {
        Listener = listener;
        _scratch = scratch is null ? null : new FolderBeneath(scratch);
        _scratchPath = scratchPath;
    }

    /// <summary>Readable when a call waits.</summary>
    public SafeFileHandle Listener { get; }

    /// <summary>Takes one waiting call and answers it.</summary>
    public void AnswerOne()
    {
        if (!Seccomp.Receive(Listener, out var call))
        {
            return;
        }

        var (first, second, third, fourth) = (call.Argument0, call.Argument1, call.Argument2, call.Argument3);
        switch (call.Number)
        {
            case LinuxSyscall.Open:
                Open(call, WorkingDirectory, first, (int)second, (uint)third);
                break;
            case LinuxSyscall.Creat:
                Open(call, WorkingDirectory, first, CreateAndTruncate, (uint)second);
                break;
            case LinuxSyscall.OpenAt:
                Open(call, (int)first, second, (int)third, (uint)fourth);
                break;
            case LinuxSyscall.Mkdir:
                Change(call, WorkingDirectory, first, (scratch, path) => scratch.MakeDirectory(path, (uint)second));
                break;
            case LinuxSyscall.MkdirAt:
                Change(call, (int)first, second, (scratch, path) => scratch.MakeDirectory(path, (uint)third));
                break;
            case LinuxSyscall.Rmdir:
                Change(call, WorkingDirectory, first, static (scratch, path) => scratch.Remove(path, directory: true));
                break;
            case LinuxSyscall.Unlink:
                Change(call, WorkingDirectory, first, static (scratch, path) => scratch.Remove(path, directory: false));
                break;
            case LinuxSyscall.UnlinkAt:
                Change(call, (int)first, second, (scratch, path) => scratch.Remove(path, directory: ((int)third & RemoveDirectory) != 0));
                break;
            case LinuxSyscall.Rename:
                Rename(call, WorkingDirectory, first, WorkingDirectory, second, 0);
                break;
            case LinuxSyscall.RenameAt:
                Rename(call, (int)first, second, (int)third, fourth, 0);
                break;
            case LinuxSyscall.RenameAt2:
                Rename(call, (int)first, second, (int)third, fourth, (uint)call.Argument4);
                break;
            case LinuxSyscall.Flock:
                Lock(call, (int)first, (int)second);
                break;
            default:
                Seccomp.Answer(Listener, call, Errors.NotPermitted);
                break;
        }
    }

    public void Dispose()
    {
        // Calls that still wait end with ENOSYS.
        Listener.Dispose();
        _scratch?.Dispose();
    }

    private void Open(SupervisedCall call, int folder, ulong pointer, int flags, uint mode)
    {
        if (PathOf(call, folder, pointer, out var errno) is not { } path)
        {
            Seccomp.Answer(Listener, call, errno);
            return;
        }

        using var file = OpenPath(call, path, flags, mode, out errno);
        if (file is null)
        {
            Seccomp.Answer(Listener, call, errno);
        }
        else
        {
            Seccomp.AnswerWith(Listener, call, file, (flags & CloseOnExec) != 0);
        }
    }

    private SafeFileHandle? OpenPath(SupervisedCall call, string path, int flags, uint mode, out int errno)
    {
        errno = Errors.ReadOnlyFileSystem;
        if (path == "/dev/null")
        {
            errno = 0;
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }

        if (ConfinedPath.OwnDescriptor(path, call.Thread) is { } number)
        {
            return ProcessMemory.CopyDescriptor(call.Thread, number);
        }

        return Beneath(path) is { } relative ? _scratch!.Open(relative, flags, mode, out errno) : null;
    }

    private void Change(SupervisedCall call, int folder, ulong pointer, Func<FolderBeneath, string, int> change)
    {
        var errno = PathOf(call, folder, pointer, out var fault) is not { } path ? fault
            : Beneath(path) is { } relative ? change(_scratch!, relative)
            : Errors.ReadOnlyFileSystem;
        Seccomp.Answer(Listener, call, errno);
    }

    private void Rename(SupervisedCall call, int fromFolder, ulong from, int toFolder, ulong to, uint flags)
    {
        var errno = PathOf(call, fromFolder, from, out var fault) is not { } fromPath || PathOf(call, toFolder, to, out fault) is not { } toPath ? fault
            : Beneath(fromPath) is { } relativeFrom && Beneath(toPath) is { } relativeTo ? _scratch!.Rename(relativeFrom, relativeTo, flags)
            : Errors.ReadOnlyFileSystem;
        Seccomp.Answer(Listener, call, errno);
    }

    // The copy shares the program's open file, and with it the lock.
    private void Lock(SupervisedCall call, int descriptor, int operation)
    {
        using var file = ProcessMemory.CopyDescriptor(call.Thread, descriptor);
        Seccomp.Answer(Listener, call, file is not null && _scratch is not null ? _scratch.Lock(file, operation) : Errors.NoLock);
    }

    private string? Beneath(string path) => _scratch is null || _scratchPath is null ? null : ConfinedPath.Beneath(path, _scratchPath);

    /// <summary>The path of a call, made absolute.</summary>
    private string? PathOf(SupervisedCall call, int folder, ulong pointer, out int errno)
    {
        var count = ProcessMemory.Read(call.Thread, pointer, _buffer);
        var length = _buffer.AsSpan(0, count).IndexOf((byte)0);
        // Between the call and this copy its thread could have died and its number been given away.
        if (!Seccomp.IsWaiting(Listener, call))
        {
            errno = Errors.NotPermitted;
            return null;
        }

        if (length < 0)
        {
            errno = count == LongestPath ? Errors.NameTooLong : Errors.BadAddress;
            return null;
        }

        errno = 0;
        var path = Encoding.UTF8.GetString(_buffer, 0, length);
        return ConfinedPath.Absolute(path, folder == WorkingDirectory ? $"/proc/{call.Thread}/cwd" : $"/proc/{call.Thread}/fd/{folder}");
    }
}
