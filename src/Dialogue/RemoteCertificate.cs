using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Sonde.Dialogue;

/// <summary>Says for people why a gateway's certificate is not accepted. It decides nothing: every certificate that is refused by the platform stays refused.</summary>
internal static class RemoteCertificate
{
    /// <summary>What is wrong, as a clause without a full stop; null when nothing is.</summary>
    /// <param name="host">As the endpoint names it.</param>
    /// <param name="certificate">What the server showed; null for none.</param>
    /// <param name="chain">As it was built.</param>
    /// <param name="errors">The platform's verdict.</param>
    public static string? Fault(string host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
        {
            return null;
        }

        if (certificate is not X509Certificate2 shown || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "the server showed no TLS certificate";
        }

        var subject = $"its TLS certificate \"{shown.Subject}\"";
        if (!errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            return $"{subject} is for {Names(shown)}, not for {host}; name the gateway as its certificate does";
        }

        var faults = chain?.ChainStatus ?? [];
        var status = faults.Aggregate(X509ChainStatusFlags.NoError, static (all, fault) => all | fault.Status);
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid))
        {
            return $"{subject} or one above it is out of date: it is valid only from {shown.NotBefore:yyyy-MM-dd} to {shown.NotAfter:yyyy-MM-dd}, and this host's clock says {DateTime.Now:yyyy-MM-dd}";
        }

        if ((status & (X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot)) != 0)
        {
            var signer = shown.Subject == shown.Issuer ? "itself" : $"\"{shown.Issuer}\"";
            return $"{subject}, signed by {signer}, is not trusted; {TrustedCertificates.Advice("/", Environment.GetEnvironmentVariable)}";
        }

        return $"{subject} is not accepted: {string.Join(", ", faults.Select(static fault => fault.StatusInformation))}";
    }

    private static string Names(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(static e => e.EnumerateDnsNames().Concat(e.EnumerateIPAddresses().Select(static a => a.ToString())));
        return string.Join(", ", names) is { Length: > 0 } listed ? listed : "no host name";
    }
}
