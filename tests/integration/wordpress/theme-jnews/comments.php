<div id="comments" class="comment-wrapper section">
	<?php if ( have_comments() ) : ?>
	<h3 class="comment-heading">Comments <span class="count"><?php echo (int) get_comments_number(); ?></span></h3>
	<ol class="commentlist"><?php wp_list_comments(); ?></ol>
	<?php endif; ?>
	<?php comment_form(); ?>
</div>
