namespace Sonde.Dialogue;

/// <summary>Who said a message.</summary>
public enum ChatRole
{
    /// <summary>The agent: the issue, results, corrections.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,
}

/// <summary>One message of a diagnosis.</summary>
/// <param name="Role">Who said it.</param>
/// <param name="Content">Text; the agent's messages are JSON documents of the contract.</param>
public sealed record ChatMessage(ChatRole Role, string Content);

/// <summary>A model's answer.</summary>
/// <param name="Content">Its text; empty when the gateway returned none.</param>
/// <param name="Tokens">Tokens of this call as the gateway reports them; 0 when it doesn't.</param>
public sealed record ModelReply(string Content, long Tokens);

/// <summary>One attempt to reach a gateway.</summary>
/// <param name="Status">HTTP status; 0 when no whole answer came.</param>
/// <param name="SentBytes">Of the body.</param>
/// <param name="ReceivedBytes">Of the answer's body.</param>
/// <param name="Duration">Until the answer was whole, or the failure known.</param>
/// <param name="Failure">Why there was no answer, for people; null when there was.</param>
public sealed record GatewayCall(int Status, long SentBytes, long ReceivedBytes, TimeSpan Duration, string? Failure);

/// <summary>The other side of a diagnosis: a language model behind a gateway, or the built-in playbooks. One instance serves one diagnosis.</summary>
public interface IModel
{
    /// <summary>As the report names it: the gateway's model name, or <c>builtin</c>.</summary>
    string Name { get; }

    /// <summary>Told of each attempt at a call when it is over; a model that needs no gateway tells nothing.</summary>
    Action<GatewayCall>? Called
    {
        set
        {
        }
    }

    /// <summary>Answers the whole history, which ends with a message of the agent.</summary>
    /// <exception cref="ModelUnavailableException">No answer is to be had, retries included.</exception>
    Task<ModelReply> AskAsync(IReadOnlyList<ChatMessage> history, CancellationToken cancellation);
}

/// <summary>The gateway gave no answer; the message says what was tried and what to do.</summary>
public sealed class ModelUnavailableException : Exception
{
    /// <summary>With a message for people.</summary>
    public ModelUnavailableException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
